//! The server's certificate.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key.
#[derive(Clone)]
pub struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) certificate_pem: Vec<u8>,
}

// Keeps keys out of logs.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads a certificate chain and its private key, both in PEM.
    ///
    /// Errors: what is wrong with them, in words.
    pub fn new(certificate_pem: Vec<u8>, key_pem: &[u8]) -> Result<Self, String> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificate_pem)
            .collect::<Result<_, _>>()
            .map_err(|e| format!("cannot read the certificate: {e}"))?;
        if certificates.is_empty() {
            return Err("the certificate file has no certificate in PEM format".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem)
            .map_err(|e| format!("cannot read the private key: {e}"))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|e| format!("cannot use the certificate with this key: {e}"))?;
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate_pem })
    }
}
