//! The clock on the wall in the United Kingdom, from Coordinated Universal Time.
//!
//! A system that writes its times in UTC writes the day before for what happened in the first hour
//! of a summer's day. A day is cut from the local time only.

use jiff::civil::{Date, Weekday};

use super::days_since_epoch;

/// When the clocks changed up to 1995, in the digits YYMMDDHHO: year, month, day and hour (UTC), and
/// the hours that they were ahead from then on. Source: IANA time zone database, Europe/London.
const CHANGES: [u32; 156] = [
    160521021, 161001020, 170408021, 170917020, 180324021, 180930020, 190330021, 190929020,
    200328021, 201025020, 210403021, 211003020, 220326021, 221008020, 230422021, 230916020,
    240413021, 240921020, 250419021, 251004020, 260418021, 261003020, 270410021, 271002020,
    280422021, 281007020, 290421021, 291006020, 300413021, 301005020, 310419021, 311004020,
    320417021, 321002020, 330409021, 331008020, 340422021, 341007020, 350414021, 351006020,
    360419021, 361004020, 370418021, 371003020, 380410021, 381002020, 390416021, 391119020,
    400225021, 410504012, 410810011, 420405012, 420809011, 430404012, 430815011, 440402012,
    440917011, 450402012, 450715011, 451007020, 460414021, 461006020, 470316021, 470413012,
    470810011, 471102020, 480314021, 481031020, 490403021, 491030020, 500416021, 501022020,
    510415021, 511021020, 520420021, 521026020, 530419021, 531004020, 540411021, 541003020,
    550417021, 551002020, 560422021, 561007020, 570414021, 571006020, 580420021, 581005020,
    590419021, 591004020, 600410021, 601002020, 610326021, 611029020, 620325021, 621028020,
    630331021, 631027020, 640322021, 641025020, 650321021, 651024020, 660320021, 661023020,
    670319021, 671029020, 680218021, 711031020, 720319021, 721029020, 730318021, 731028020,
    740317021, 741027020, 750316021, 751026020, 760321021, 761024020, 770320021, 771023020,
    780319021, 781029020, 790318021, 791028020, 800316021, 801026020, 810329011, 811025010,
    820328011, 821024010, 830327011, 831023010, 840325011, 841028010, 850331011, 851027010,
    860330011, 861026010, 870329011, 871025010, 880327011, 881023010, 890326011, 891029010,
    900325011, 901028010, 910331011, 911027010, 920329011, 921025010, 930328011, 931024010,
    940327011, 941023010, 950326011, 951022010,
];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Seconds since 1970-01-01 00:00 on the local clock, from seconds since then in UTC.
///
/// From 1996 on the clocks go forward at 01:00 UTC on the last Sunday of March and back at 01:00 UTC
/// on the last Sunday of October (Summer Time Order 2002). Before 1916 there was no summer time.
#[must_use]
pub fn uk_local_seconds(utc_seconds: i64) -> i64 {
    utc_seconds + hours_ahead(utc_seconds) * HOUR
}

fn hours_ahead(utc_seconds: i64) -> i64 {
    let days = utc_seconds.div_euclid(DAY);
    let date = i32::try_from(days).ok().and_then(super::from_days_since_epoch);
    let Some(date) = date else { return 0 };
    if date.year() >= 1996 {
        let change = |month| last_sunday(date.year(), month).map(|d| seconds(d) + HOUR);
        let is_summer = matches!((change(3), change(10)), (Some(from), Some(to))
            if (from..to).contains(&utc_seconds));
        return i64::from(is_summer);
    }
    let hour = utc_seconds.rem_euclid(DAY) / HOUR;
    let parts = [i64::from(date.month()), i64::from(date.day()), hour];
    let at = parts.iter().fold(i64::from(date.year()) - 1900, |digits, part| digits * 100 + part);
    let n_before = CHANGES.partition_point(|change| i64::from(*change / 10) <= at);
    n_before.checked_sub(1).map_or(0, |last| i64::from(CHANGES[last] % 10))
}

fn seconds(date: Date) -> i64 {
    i64::from(days_since_epoch(date)) * DAY
}

fn last_sunday(year: i16, month: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(-1, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};

    use super::*;

    /// Expected offsets are those of the IANA time zone database, as other programs give them.
    #[test]
    fn the_clock_is_ahead_in_summer_as_the_law_of_the_day_had_it() {
        let ahead = |at: DateTime| hours_ahead(seconds(at.date()) + i64::from(at.hour()) * HOUR);
        for (at, hours) in [
            (date(1915, 7, 1).at(12, 0, 0, 0), 0),
            (date(1916, 5, 21).at(1, 0, 0, 0), 0),
            (date(1916, 5, 21).at(2, 0, 0, 0), 1),
            (date(1943, 6, 1).at(12, 0, 0, 0), 2),
            (date(1943, 12, 1).at(12, 0, 0, 0), 1),
            (date(1970, 1, 1).at(0, 0, 0, 0), 1),
            (date(1972, 1, 15).at(0, 0, 0, 0), 0),
            (date(1995, 10, 22).at(0, 0, 0, 0), 1),
            (date(1995, 10, 22).at(1, 0, 0, 0), 0),
            (date(1996, 1, 1).at(0, 0, 0, 0), 0),
            (date(2025, 3, 30).at(0, 0, 0, 0), 0),
            (date(2025, 3, 30).at(1, 0, 0, 0), 1),
            (date(2025, 10, 26).at(0, 0, 0, 0), 1),
            (date(2025, 10, 26).at(1, 0, 0, 0), 0),
        ] {
            assert_eq!(ahead(at), hours, "{at}");
        }
    }

    #[test]
    fn the_last_hour_of_a_summers_day_in_utc_is_the_first_of_the_next() {
        let utc = seconds(date(2004, 8, 27)) + 23 * HOUR + 46 * 60;
        assert_eq!(uk_local_seconds(utc), seconds(date(2004, 8, 28)) + 46 * 60);
    }
}
