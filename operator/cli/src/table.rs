//! Tables as kubectl prints them: no borders, columns three spaces apart, headings in capitals.

use std::io::{self, Write};

use crate::printer::{Printer, Tone};
use crate::wrap;

/// Rows under headings.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One field of a row.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

const GAP: usize = 3;

// === impl Table ===

impl Table {
    /// A table without rows.
    pub(crate) fn new(headings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            headings: headings.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, a cell for each heading.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, each with its end.
    pub(crate) fn lines(&self, printer: &Printer) -> Vec<String> {
        let widths = self.widths();
        let headings: Vec<Cell> = self
            .headings
            .iter()
            .map(|text| Cell::heading(text))
            .collect();
        std::iter::once(&headings)
            .chain(&self.rows)
            .map(|row| line(row, &widths, printer))
            .collect()
    }

    /// Writes the table to stdout.
    pub(crate) fn print(&self, printer: &mut Printer) -> io::Result<()> {
        for line in self.lines(printer) {
            writeln!(printer.data(), "{line}")?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let width_of = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(Cell::width).max().unwrap_or_default()
        };
        self.headings
            .iter()
            .enumerate()
            .map(|(at, heading)| heading.len().max(width_of(at)))
            .collect()
    }
}

fn line(row: &[Cell], widths: &[usize], printer: &Printer) -> String {
    let mut line = String::new();
    let last = row.len().saturating_sub(1);
    let mut taken = 0;
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        if at < last {
            line += &printer.toned(cell.tone, &cell.text);
            line += &" ".repeat(width - cell.width() + GAP);
            taken += width + GAP;
        } else {
            let text = cell.within(taken, printer.columns());
            line += &printer.toned(cell.tone, text);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

// === impl Cell ===

impl Cell {
    /// A cell that says more than its words. Line breaks would break the row.
    pub(crate) fn toned(tone: Tone, text: impl Into<String>) -> Self {
        let text = text.into().replace(['\n', '\r', '\t'], " ");
        Self { text, tone }
    }

    fn heading(text: &str) -> Self {
        Self::toned(Tone::Strong, text)
    }

    /// The text of a last cell: where there is a terminal, in rows below each other.
    fn within(&self, taken: usize, columns: Option<usize>) -> String {
        match columns {
            Some(columns) if columns >= taken + wrap::NARROW => {
                wrap::below(&self.text, taken, columns)
            }
            Some(_) | None => self.text.clone(),
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(Tone::Plain, text)
    }
}

#[cfg(test)]
mod tests {
    use clap::ColorChoice;

    use super::*;

    #[test]
    fn a_last_cell_is_as_narrow_as_the_terminal() {
        let cell: Cell = "waiting for pods of istiod".into();
        let rows = cell.within(10, Some(30));
        assert_eq!(rows, format!("waiting for pods of\n{:10}istiod", ""));
        for columns in [None, Some(20)] {
            assert_eq!(cell.within(10, columns), cell.text, "{columns:?}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_have_no_tail() {
        let mut table = Table::new(["NAME", "READY", "MESSAGE"]);
        table.row(["sea".into(), "True".into(), "two\nlines".into()]);
        table.row(["møre-mesh".into(), "False".into(), "".into()]);
        let lines = table.lines(&Printer::new(ColorChoice::Never));
        assert_eq!(
            lines,
            [
                "NAME        READY   MESSAGE",
                "sea         True    two lines",
                "møre-mesh   False"
            ]
        );
    }
}
