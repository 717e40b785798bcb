//! A certificate authority that issues certificates at run time.

use moneykit::reqwest;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority.
pub(crate) struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate with its private key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Creates an authority. Different authorities need different names: TLS libraries find an issuer by its name.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Returns the authority's own certificate, for clients that trust it.
    pub(crate) fn certificate(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_der(self.certificate.der()).unwrap()
    }

    /// Returns the authority's own certificate as PEM.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Issues a certificate for a host name or an IP address.
    pub(crate) fn issue(&self, host: &str) -> Identity {
        self.sign(host, server_params(host))
    }

    /// Issues a certificate that is valid in one year only.
    pub(crate) fn issue_for_year(&self, host: &str, year: i32) -> Identity {
        let mut params = server_params(host);
        params.not_before = date_time_ymd(year, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        self.sign(host, params)
    }

    fn sign(&self, host: &str, mut params: CertificateParams) -> Identity {
        params.distinguished_name.push(DnType::CommonName, host);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Identity { certificate: certificate.der().clone(), key }
    }
}

fn server_params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}
