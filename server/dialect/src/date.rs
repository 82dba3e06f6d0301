//! Today's date, for templates that tell the model.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Today (UTC) by a format of `strftime`, of which templates use the parts of a date. No clock time: it would have the
/// model read each conversation anew.
pub(crate) fn today(format: &str) -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() / 86_400);
    formatted(days as i64, format)
}

fn formatted(days: i64, format: &str) -> String {
    let (year, month, day) = civil(days);
    let name = MONTHS[month as usize - 1];
    let mut text = format.to_string();
    let parts = [
        ("%Y", format!("{year:04}")),
        ("%m", format!("{month:02}")),
        ("%d", format!("{day:02}")),
        ("%-d", day.to_string()),
        ("%B", name.to_string()),
        ("%b", name[..3].to_string()),
    ];
    for (mark, value) in parts {
        text = text.replace(mark, &value);
    }
    text
}

/// Year, month and day of a day counted from 1970 (after Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        let cases =
            [(0, "1970-01-01"), (19_782, "2024-02-29"), (20_783, "2026-11-26"), (11_016, "2000-02-29")];
        for (days, date) in cases {
            assert_eq!(formatted(days, "%Y-%m-%d"), date);
        }
        assert_eq!(formatted(19_782, "%-d %b %Y, %B"), "29 Feb 2024, February");
    }
}
