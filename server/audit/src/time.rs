//! Instants as people and other programs write them: RFC 3339, in UTC.

const DAY: u64 = 24 * 60 * 60;

/// Of microseconds since 1970.
pub fn rfc3339(micros: u64) -> String {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{rest:06}Z")
}

/// Of a date, or a date with a time of the day: `2026-11-25`, `2026-11-25T19:30`, `2026-11-25T19:30:05Z`.
pub fn instant(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00"));
    let numbers = |text: &str, sign: char| -> Option<Vec<u64>> {
        let is_number =
            |part: &str| part.len() >= 2 && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        text.split(sign).map(|part| is_number(part).then(|| part.parse().ok())?).collect()
    };
    let date = numbers(date, '-')?;
    let &[year, month, day] = date.as_slice() else { return None };
    let (hour, minute, second) = match numbers(time, ':')?.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let days = days(year, month, day)?;
    let right = hour < 24 && minute < 60 && second < 60;
    right.then(|| (days * DAY + hour * 3600 + minute * 60 + second) * 1_000_000)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 on; `None` for a day that there is not.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let fits = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day);
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let months: u64 = (1..month).map(|month| days_of(year, month)).sum();
    fits.then(|| years + months + day - 1)
}

fn date(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_there_and_back() {
        let cases = [
            ("1970-01-01", 0, "1970-01-01T00:00:00.000000Z"),
            ("2000-02-29T23:59:59Z", 951_868_799_000_000, "2000-02-29T23:59:59.000000Z"),
            ("2026-11-25T19:30", 1_795_635_000_000_000, "2026-11-25T19:30:00.000000Z"),
            ("2024-12-31T00:00:00", 1_735_603_200_000_000, "2024-12-31T00:00:00.000000Z"),
        ];
        for (text, micros, written) in cases {
            assert_eq!(instant(text), Some(micros), "{text}");
            assert_eq!(rfc3339(micros), written);
        }
        let wrong = [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "1969-12-31",
            "2026-11-25T24:00",
            "2026-11-25T1",
            "2026-11-25 10:00",
            "+026-11-25",
            "2026-11-25T10:00:60",
            "99999-01-01",
        ];
        for text in wrong {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
