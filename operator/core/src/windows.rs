//! When workloads may be restarted: `spec.upgrade.dataPlane.windows` held against the clock.
//!
//! A window is meant as a clock on the wall of its time zone shows it. Where the clock is put
//! forward over an opening or closing time, that time is as much later as the clock jumps; where it is
//! put back, the first of the two times counts.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use mainsheet_crds::installation::{Day, Window};

/// Where the windows stand in the spec.
const PATH: &str = "spec.upgrade.dataPlane.windows";
/// How far ahead an opening is looked for: a weekly window may fall out once, where a clock jumps.
const DAYS_AHEAD: i32 = 15;
/// How far ahead the spans of every zone have been looked at, whatever day it is there.
const SURELY_LOOKED_AT: SignedDuration = SignedDuration::from_hours(13 * 24);

/// The windows of a spec, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Weekly>);

/// Whether workloads may be restarted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Yes, until then; none where no end is in sight.
    Open {
        /// When the last of the windows that overlap or meet now closes.
        until: Option<Timestamp>,
    },
    /// No, not before then; none where no opening is in sight.
    Closed {
        /// When the next window opens.
        opens: Option<Timestamp>,
    },
}

/// A window that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not a time zone.
    #[error(
        "{PATH}[{at}].timeZone: {given:?} is no time zone of the IANA database; give one such as Europe/Berlin or UTC"
    )]
    Zone {
        /// Which window.
        at: usize,
        /// What was given.
        given: String,
    },
    /// Not a time of day.
    #[error("{PATH}[{at}].{field}: {given:?} is no time of day; give one from 00:00 to 23:59")]
    Time {
        /// Which window.
        at: usize,
        /// Which of its times.
        field: &'static str,
        /// What was given.
        given: String,
    },
    /// A window that never opens.
    #[error(
        "{PATH}[{at}].days: none given; name at least one of Mon to Sun, or leave days out for every day"
    )]
    NoDay {
        /// Which window.
        at: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Weekly {
    /// None for every day.
    days: Option<Vec<Weekday>>,
    from: Time,
    to: Time,
    zone: TimeZone,
}

/// From opening to closing, the closing excluded.
type Hours = (Timestamp, Timestamp);

// === impl Windows ===

impl Windows {
    /// Understands the windows of a spec; none means that there is no limit.
    pub fn new(windows: &[Window]) -> Result<Self, WindowError> {
        let weekly = windows.iter().enumerate();
        weekly
            .map(|(at, window)| Weekly::new(at, window))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether one of the windows is open now.
    pub fn at(&self, now: Timestamp) -> Opening {
        if self.0.is_empty() {
            return Opening::Open { until: None };
        }
        let mut spans: Vec<Hours> = self
            .0
            .iter()
            .flat_map(|weekly| weekly.around(now))
            .collect();
        spans.sort_unstable();
        let mut until = now;
        for (opens, closes) in &spans {
            if *opens <= until && *closes > until {
                until = *closes;
            }
        }
        if until > now {
            // Open for as long as all zones were looked at: the windows leave no gap.
            let endless = until.duration_since(now) >= SURELY_LOOKED_AT;
            return Opening::Open {
                until: (!endless).then_some(until),
            };
        }
        let opens = spans
            .iter()
            .map(|(opens, _)| *opens)
            .find(|opens| *opens > now);
        Opening::Closed { opens }
    }
}

// === impl Weekly ===

impl Weekly {
    fn new(at: usize, window: &Window) -> Result<Self, WindowError> {
        let time = |field, given: &str| {
            Time::strptime("%H:%M", given).map_err(|_| WindowError::Time {
                at,
                field,
                given: given.to_owned(),
            })
        };
        if window.days.as_ref().is_some_and(Vec::is_empty) {
            return Err(WindowError::NoDay { at });
        }
        let name = window.time_zone.as_deref().unwrap_or("UTC");
        Ok(Self {
            days: window
                .days
                .as_ref()
                .map(|days| days.iter().copied().map(weekday).collect()),
            from: time("from", &window.from)?,
            to: time("to", &window.to)?,
            zone: TimeZone::get(name).map_err(|_| WindowError::Zone {
                at,
                given: name.to_owned(),
            })?,
        })
    }

    /// The spans that may matter now: yesterday's, which may go on past midnight, to those of the
    /// next two weeks.
    fn around(&self, now: Timestamp) -> impl Iterator<Item = Hours> {
        let today = now.to_zoned(self.zone.clone()).date();
        (-1..=DAYS_AHEAD)
            .filter_map(move |ahead| self.on(today.checked_add(Span::new().days(ahead)).ok()?))
    }

    /// The span that opens on a day, if there is one.
    fn on(&self, day: Date) -> Option<Hours> {
        if let Some(days) = &self.days
            && !days.contains(&day.weekday())
        {
            return None;
        }
        let last = if self.to > self.from {
            day
        } else {
            day.tomorrow().ok()?
        };
        let opens = self.instant(day, self.from)?;
        let closes = self.instant(last, self.to)?;
        (opens < closes).then_some((opens, closes))
    }

    fn instant(&self, day: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_timestamp(day.to_datetime(time)).ok()
    }
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(days: &[Day], from: &str, to: &str, zone: &str) -> Window {
        Window {
            days: (!days.is_empty()).then(|| days.to_vec()),
            from: from.to_owned(),
            to: to.to_owned(),
            time_zone: Some(zone.to_owned()),
        }
    }

    fn at(windows: &[Window], now: &str) -> Opening {
        Windows::new(windows).unwrap().at(now.parse().unwrap())
    }

    fn open(until: &str) -> Opening {
        Opening::Open {
            until: Some(until.parse().unwrap()),
        }
    }

    fn closed(opens: &str) -> Opening {
        Opening::Closed {
            opens: Some(opens.parse().unwrap()),
        }
    }

    // 2026-01-03 is a Saturday.

    #[test]
    fn without_windows_it_is_always_open() {
        assert_eq!(
            at(&[], "2026-01-03T02:00:00Z"),
            Opening::Open { until: None }
        );
    }

    #[test]
    fn a_window_is_open_from_its_first_moment_to_before_its_last() {
        let saturdays = [window(&[Day::Sat], "02:00", "05:00", "UTC")];
        let table = [
            ("2026-01-03T01:59:59Z", closed("2026-01-03T02:00:00Z")),
            ("2026-01-03T02:00:00Z", open("2026-01-03T05:00:00Z")),
            ("2026-01-03T04:59:59Z", open("2026-01-03T05:00:00Z")),
            ("2026-01-03T05:00:00Z", closed("2026-01-10T02:00:00Z")),
            ("2026-01-07T03:00:00Z", closed("2026-01-10T02:00:00Z")),
        ];
        for (now, wanted) in table {
            assert_eq!(at(&saturdays, now), wanted, "{now}");
        }
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
        let fridays = [window(&[Day::Fri], "22:00", "06:00", "UTC")];
        assert_eq!(
            at(&fridays, "2026-01-03T05:00:00Z"),
            open("2026-01-03T06:00:00Z")
        );
        assert_eq!(
            at(&fridays, "2026-01-03T22:30:00Z"),
            closed("2026-01-09T22:00:00Z")
        );
        let all_day = [window(&[Day::Sat], "00:00", "00:00", "UTC")];
        assert_eq!(
            at(&all_day, "2026-01-03T13:00:00Z"),
            open("2026-01-04T00:00:00Z")
        );
    }

    #[test]
    fn a_window_follows_the_clock_on_the_wall_through_summer_and_winter() {
        let nights = [window(&[], "01:00", "04:00", "Europe/Berlin")];
        assert_eq!(
            at(&nights, "2026-01-15T00:30:00Z"),
            open("2026-01-15T03:00:00Z")
        );
        assert_eq!(
            at(&nights, "2026-07-15T00:30:00Z"),
            open("2026-07-15T02:00:00Z")
        );
        // The night of the jump has one hour less, the night of the return one more.
        assert_eq!(
            at(&nights, "2026-03-29T00:30:00Z"),
            open("2026-03-29T02:00:00Z")
        );
        assert_eq!(
            at(&nights, "2026-10-25T00:30:00Z"),
            open("2026-10-25T03:00:00Z")
        );
        assert_eq!(
            at(&nights, "2026-10-24T22:30:00Z"),
            closed("2026-10-24T23:00:00Z")
        );
    }

    #[test]
    fn times_that_a_night_does_not_have_are_later_by_the_jump() {
        let gone = [window(&[Day::Sun], "02:15", "02:45", "Europe/Berlin")];
        assert_eq!(
            at(&gone, "2026-03-29T00:59:59Z"),
            closed("2026-03-29T01:15:00Z")
        );
        assert_eq!(
            at(&gone, "2026-03-29T01:15:00Z"),
            open("2026-03-29T01:45:00Z")
        );
        // Opened later by the jump, it would close before it opens: this week it does not open.
        let short = [window(&[Day::Sun], "02:30", "03:10", "Europe/Berlin")];
        assert_eq!(
            at(&short, "2026-03-29T00:00:00Z"),
            closed("2026-04-05T00:30:00Z")
        );
    }

    #[test]
    fn windows_that_overlap_or_meet_are_one() {
        let two = [
            window(&[Day::Sat], "02:00", "05:00", "UTC"),
            window(&[Day::Sat], "05:00", "06:30", "UTC"),
        ];
        assert_eq!(
            at(&two, "2026-01-03T03:00:00Z"),
            open("2026-01-03T06:30:00Z")
        );
        let always = [window(&[], "00:00", "00:00", "Asia/Tokyo")];
        assert_eq!(
            at(&always, "2026-01-03T03:00:00Z"),
            Opening::Open { until: None }
        );
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_its_place() {
        let said = |window: Window| {
            let windows = [self::window(&[], "01:00", "02:00", "UTC"), window];
            Windows::new(&windows).unwrap_err().to_string()
        };
        assert_eq!(
            said(window(&[], "01:00", "02:00", "Europe/Atlantis")),
            "spec.upgrade.dataPlane.windows[1].timeZone: \"Europe/Atlantis\" is no time zone of the IANA database; \
             give one such as Europe/Berlin or UTC"
        );
        assert_eq!(
            said(window(&[], "01:00", "24:00", "UTC")),
            "spec.upgrade.dataPlane.windows[1].to: \"24:00\" is no time of day; give one from 00:00 to 23:59"
        );
        let never = Window {
            days: Some(Vec::new()),
            ..window(&[], "01:00", "02:00", "UTC")
        };
        assert!(said(never).starts_with("spec.upgrade.dataPlane.windows[1].days: none given"));
    }

    fn any_window() -> impl Strategy<Value = Window> {
        let day = prop::sample::select(vec![Day::Mon, Day::Wed, Day::Fri, Day::Sat, Day::Sun]);
        let zone = prop::sample::select(vec![
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kolkata",
        ]);
        let time =
            || (0..24u8, 0..60u8).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
        (prop::collection::vec(day, 0..3), time(), time(), zone)
            .prop_map(|(days, from, to, zone)| window(&days, &from, &to, zone))
    }

    proptest! {
        /// What `at` says of the future comes true, to the second.
        #[test]
        fn the_announced_turn_is_the_next_one(
            windows in prop::collection::vec(any_window(), 1..4),
            second in 1_767_225_600i64..1_798_761_600,
            part in 0i64..1000,
        ) {
            let windows = Windows::new(&windows).unwrap();
            let is_open = |second| matches!(windows.at(Timestamp::from_second(second).unwrap()), Opening::Open { .. });
            match windows.at(Timestamp::from_second(second).unwrap()) {
                Opening::Open { until: Some(until) } => {
                    let until = until.as_second();
                    prop_assert!(until > second && !is_open(until));
                    prop_assert!(is_open(second + (until - 1 - second) * part / 1000));
                }
                Opening::Closed { opens: Some(opens) } => {
                    let opens = opens.as_second();
                    prop_assert!(opens > second && is_open(opens));
                    prop_assert!(!is_open(second + (opens - 1 - second) * part / 1000));
                }
                Opening::Open { until: None } => prop_assert!(is_open(second + 86_400 * part / 100)),
                Opening::Closed { opens: None } => prop_assert!(false, "every window opens within two weeks"),
            }
        }
    }
}
