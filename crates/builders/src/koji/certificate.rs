//! When a certificate ends.
//!
//! Only that is read of it: what a certificate is worth, the TLS library and the hub decide. The way to it is fixed by RFC
//! 5280: the certificate, its signed part, and there version, serial number, algorithm, issuer, validity.

use chrono::{DateTime, NaiveDateTime, Utc};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of the first certificate of a PEM text; none if there is none that can be read.
pub(super) fn expires_at(pem: &[u8]) -> Option<DateTime<Utc>> {
    let certificate = CertificateDer::pem_slice_iter(pem).next()?.ok()?;
    let (_, certificate, _) = element(&certificate)?;
    let (_, signed, _) = element(certificate)?;
    let (tag, _, rest) = element(signed)?;
    let mut at = if tag == VERSION { rest } else { signed };
    for _ in ["serial number", "algorithm", "issuer"] {
        (_, _, at) = element(at)?;
    }
    let (tag, validity, _) = element(at)?;
    if tag != SEQUENCE {
        return None;
    }
    let (_, _, at) = element(validity)?;
    let (tag, end, _) = element(at)?;
    time(tag, std::str::from_utf8(end).ok()?)
}

/// The first element: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn time(tag: u8, text: &str) -> Option<DateTime<Utc>> {
    let text = match tag {
        // Two digits of a year mean 1950 to 2049.
        UTC_TIME => {
            let century = if text.get(..2)? < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Datelike};

    use super::{GENERALIZED_TIME, UTC_TIME, expires_at, time};

    #[test]
    fn the_end_of_a_certificate_is_read() {
        for year in [2031, 2077] {
            let mut parameters = rcgen::CertificateParams::new(vec!["packflow".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 2, 3);
            let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let end = expires_at(certificate.pem().as_bytes()).unwrap();
            assert_eq!((end.year(), end.month(), end.day()), (year, 2, 3));
        }
        assert_eq!(expires_at(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), None);
        assert_eq!(expires_at(b""), None);
    }

    #[test]
    fn years_of_two_digits_belong_to_the_nearest_century() {
        let at = |tag, text| time(tag, text).map(|time| time.to_rfc3339());
        assert_eq!(at(UTC_TIME, "491231235959Z").as_deref(), Some("2049-12-31T23:59:59+00:00"));
        assert_eq!(at(UTC_TIME, "500101000000Z").as_deref(), Some("1950-01-01T00:00:00+00:00"));
        assert_eq!(
            time(GENERALIZED_TIME, "20500101000000Z"),
            DateTime::parse_from_rfc3339("2050-01-01T00:00:00Z").ok().map(|time| time.to_utc())
        );
        assert_eq!(at(0x02, "500101000000Z"), None);
    }
}
