//! TLS by rustls: the server's certificate must be valid, issued by a trusted authority, and for the host's name.
//!
//! Channel binding is not offered: the certificate already proves the server's identity.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as Reason, RootCertStore};
use tokio_rustls::{TlsConnector, client};

use crate::error::{Error, Kind};

/// Why the server is not trusted.
#[derive(Debug)]
pub(super) struct TlsError {
    pub(super) reason: String,
    pub(super) hint: &'static str,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for TlsError {}

const TLS_VERSION_HINT: &str = "check that the server supports TLS 1.2 or later";
const AUTHORITY_HINT: &str = "pass the authority's certificate: `?sslrootcert=FILE`";

impl TlsError {
    fn of(error: &io::Error) -> Self {
        let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>());
        let (reason, hint) = match reason {
            Some(Reason::InvalidCertificate(of)) => match of {
                CertificateError::UnknownIssuer => {
                    ("its certificate is not signed by a known authority".to_owned(), AUTHORITY_HINT)
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                    "its certificate is for another host".to_owned(),
                    "use the host's name as it is in the certificate",
                ),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    ("its certificate has expired".to_owned(), "renew the server's certificate")
                }
                other => (format!("its certificate is not valid ({other:?})"), AUTHORITY_HINT),
            },
            _ => (error.to_string(), TLS_VERSION_HINT),
        };
        Self { reason, hint }
    }
}

/// Makes TLS connections.
#[derive(Clone)]
pub(super) struct Connector(Arc<ClientConfig>);

impl Connector {
    /// Trusts the authorities in a PEM file, or without one those that the system trusts.
    pub(super) fn new(authorities: Option<&Path>, direct: bool) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = authorities {
            let unreadable = |reason: &dyn fmt::Display| {
                let text =
                    format!("the certificates of `sslrootcert` cannot be read: {reason}: {}", file.display());
                Error::new(Kind::Tls, text).hint("use a file in PEM format")
            };
            let text = fs_err::read(file).map_err(|error| unreadable(&error))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"there are none"));
            }
        } else {
            // Certificates of the system that cannot be read are left out; it is an error only if all are.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(Kind::Tls, format!("TLS cannot be used: {error}")))?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        if direct {
            // Required without PostgreSQL's own negotiation.
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(Self(Arc::new(config)))
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Encrypted;
    type TlsConnect = HostConnector;
    type Error = TlsError;

    fn make_tls_connect(&mut self, host: &str) -> Result<HostConnector, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| TlsError {
            reason: format!("its name cannot be verified by a certificate: {error}"),
            hint: "use the host's full name",
        });
        Ok(HostConnector { config: Arc::clone(&self.0), name: name? })
    }
}

/// Makes one connection.
pub(super) struct HostConnector {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for HostConnector {
    type Stream = Encrypted;
    type Error = TlsError;
    type Future = Pin<Box<dyn Future<Output = Result<Encrypted, TlsError>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let connecting = TlsConnector::from(self.config).connect(self.name, socket);
            connecting.await.map(|stream| Encrypted(Box::new(stream))).map_err(|error| TlsError::of(&error))
        })
    }
}

/// An encrypted connection.
pub(super) struct Encrypted(Box<client::TlsStream<Socket>>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}
