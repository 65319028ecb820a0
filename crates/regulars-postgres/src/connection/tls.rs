//! TLS by rustls: the server's certificate must be valid, of a trusted authority, and for the host's name.
//!
//! Channel binding is not offered: the certificate already proves who the server is.

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
pub(super) struct Failed {
    pub(super) reason: String,
    pub(super) hint: &'static str,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failed {}

const OTHER: &str = "check that the server supports TLS 1.2 or later";
const UNKNOWN: &str = "name the file with the authority's certificate: `?sslrootcert=FILE`";

impl Failed {
    fn of(error: &io::Error) -> Self {
        let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>());
        let (reason, hint) = match reason {
            Some(Reason::InvalidCertificate(of)) => match of {
                CertificateError::UnknownIssuer => {
                    ("its certificate is not signed by a known authority".to_owned(), UNKNOWN)
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                    "its certificate is for another host".to_owned(),
                    "use the host's name as it is in the certificate",
                ),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    ("its certificate has expired".to_owned(), "renew the server's certificate")
                }
                other => (format!("its certificate is not valid ({other:?})"), UNKNOWN),
            },
            _ => (error.to_string(), OTHER),
        };
        Self { reason, hint }
    }
}

/// Makes TLS connections.
#[derive(Clone)]
pub(super) struct Connector(Arc<ClientConfig>);

impl Connector {
    /// `authorities` is a PEM file; without it, those that the system trusts.
    pub(super) fn new(authorities: Option<&Path>, direct: bool) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = authorities {
            let unreadable = |reason: &dyn fmt::Display| {
                let text =
                    format!("the certificates of `sslrootcert` cannot be read: {reason}: {}", file.display());
                Error::new(Kind::Tls, text).hint("it must be a file in PEM format")
            };
            let text = fs_err::read(file).map_err(|error| unreadable(&error))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"it has none"));
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
    type TlsConnect = ToHost;
    type Error = Failed;

    fn make_tls_connect(&mut self, host: &str) -> Result<ToHost, Failed> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| Failed {
            reason: format!("its name cannot be in a certificate: {error}"),
            hint: "use the host's full name",
        });
        Ok(ToHost { config: Arc::clone(&self.0), name: name? })
    }
}

/// Makes one connection.
pub(super) struct ToHost {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for ToHost {
    type Stream = Encrypted;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Encrypted, Failed>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let connecting = TlsConnector::from(self.config).connect(self.name, socket);
            connecting.await.map(|stream| Encrypted(Box::new(stream))).map_err(|error| Failed::of(&error))
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
