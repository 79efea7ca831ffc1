//! Kubernetes quantities (`500m`, `1Gi`, `2e3`) compared by amount.

use serde_json::Value;

/// Whether two values are quantities of the same amount.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (amount(one), amount(other)) {
        (Some(one), Some(other)) => one.is_same(other),
        _ => false,
    }
}

/// `digits * 10^ten * 2^two`, exact for whatever people write.
#[derive(Clone, Copy)]
struct Amount {
    digits: i128,
    ten: i32,
    two: u32,
}

impl Amount {
    fn is_same(self, other: Self) -> bool {
        let floor = self.ten.min(other.ten);
        matches!((self.scaled(floor), other.scaled(floor)), (Some(one), Some(other)) if one == other)
    }

    fn scaled(self, floor: i32) -> Option<i128> {
        let tens = 10_i128.checked_pow(u32::try_from(self.ten - floor).ok()?)?;
        self.digits
            .checked_mul(tens)?
            .checked_mul(1_i128.checked_shl(self.two)?)
    }
}

fn amount(value: &Value) -> Option<Amount> {
    match value {
        Value::String(text) => parse(text.trim()),
        Value::Number(number) => parse(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The grammar of `resource.Quantity`: a decimal number, then a binary or decimal suffix or an
/// exponent.
fn parse(text: &str) -> Option<Amount> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    let (ten, two) = scale(suffix)?;
    Some(Amount {
        digits,
        ten: ten - i32::try_from(fraction.len()).ok()?,
        two,
    })
}

/// Powers of ten and of two that a suffix stands for.
fn scale(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        exponent => (exponent.strip_prefix(['e', 'E'])?.parse().ok()?, 0),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::equal;

    #[test]
    fn amounts_decide_and_not_spelling() {
        for (one, other) in [
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("0.5", "500m"),
            ("2e3", "2k"),
            ("1.5Gi", "1536Mi"),
        ] {
            assert!(equal(&json!(one), &json!(other)), "{one} {other}");
        }
        assert!(equal(&json!(2), &json!("2")));
        for (one, other) in [("1", "2"), ("1G", "1Gi"), ("x", "x1"), ("1Mi", "1m")] {
            assert!(!equal(&json!(one), &json!(other)), "{one} {other}");
        }
    }
}
