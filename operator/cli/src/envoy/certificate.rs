//! X.509 certificates, as far as one needs them to see whether a proxy's identity is good.

use jiff::Timestamp;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_cert::der::Decode;

/// What is read of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// In hexadecimal, as istioctl and openssl write it.
    pub(super) serial: String,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Certificate {
    /// The certificates of a PEM text in their order; none where there is anything that is no
    /// certificate.
    pub(super) fn of_pem(pem: &[u8]) -> Option<Vec<Self>> {
        CertificateDer::pem_slice_iter(pem)
            .map(|der| Self::of_der(&der.ok()?))
            .collect::<Option<Vec<_>>>()
            .filter(|all| !all.is_empty())
    }

    fn of_der(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let signed = certificate.tbs_certificate();
        let time = |time: &x509_cert::time::Time| {
            let seconds = time.to_unix_duration().as_secs();
            Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
        };
        let serial = signed.serial_number().as_bytes();
        let serial = serial
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Some(Self {
            // One leading zero byte keeps a serial number positive.
            serial: serial.strip_prefix("00").unwrap_or(&serial).to_owned(),
            not_before: time(&signed.validity().not_before)?,
            not_after: time(&signed.validity().not_after)?,
        })
    }

    /// Whether it is good at this time.
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}
