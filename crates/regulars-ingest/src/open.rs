//! Opens a location as a stream of its stored bytes, hashes them while they are read, and detects whether the
//! file changes meanwhile.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::SystemTime;

use bytes::Bytes;
use futures::StreamExt;
use object_store::ObjectStoreExt;
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};
use crate::locations::{Location, Storage};

/// The stored bytes of one object.
pub(crate) struct RawStream {
    shown: String,
    source: Box<dyn Read + Send>,
    expected: Option<(PathBuf, u64, Option<SystemTime>)>,
    /// None if no hash is needed.
    hash: Option<Sha256>,
    bytes: u64,
}

/// Size and hash of an object as read.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    pub(crate) bytes: u64,
    /// SHA-256 of the stored bytes in hexadecimal; empty if not requested.
    pub(crate) sha256: String,
}

impl RawStream {
    pub(crate) fn open(location: &Location, runtime: &tokio::runtime::Handle) -> Result<Self> {
        let mut expected = None;
        let source: Box<dyn Read + Send> = match &location.storage {
            Storage::Local(path) => {
                let file = fs_err::File::open(path).map_err(|e| Error::io("open", &location.shown, &e))?;
                let meta = file.metadata().map_err(|e| Error::io("read", &location.shown, &e))?;
                // A named pipe (process substitution) has no size to compare with.
                if meta.is_file() {
                    expected = Some((path.clone(), meta.len(), meta.modified().ok()));
                }
                Box::new(file)
            }
            Storage::Stdin => Box::new(std::io::stdin()),
            Storage::Remote { store, path, .. } => {
                let (sender, receiver) = mpsc::sync_channel(4);
                let (store, path) = (store.clone(), path.clone());
                runtime.spawn(async move {
                    let mut stream = match store.get(&path).await {
                        Ok(found) => found.into_stream(),
                        Err(error) => {
                            // If the receiver is gone, nobody needs the error.
                            drop(sender.send(Err(std::io::Error::other(error.to_string()))));
                            return;
                        }
                    };
                    while let Some(piece) = stream.next().await {
                        let piece = piece.map_err(|e| std::io::Error::other(e.to_string()));
                        let sender = sender.clone();
                        // Sending blocks while the channel is full, which must not block the runtime's own
                        // thread.
                        let sent = tokio::task::spawn_blocking(move || sender.send(piece).is_ok()).await;
                        if !matches!(sent, Ok(true)) {
                            return;
                        }
                    }
                });
                Box::new(ChannelReader { receiver, current: Bytes::new() })
            }
        };
        Ok(Self { shown: location.shown.clone(), source, expected, hash: Some(Sha256::new()), bytes: 0 })
    }

    /// The same stream, without hashing.
    pub(crate) fn without_hash(mut self) -> Self {
        self.hash = None;
        self
    }

    /// Checks that a file read by other means has not changed since it was opened.
    ///
    /// Errors: [`Kind::Changed`].
    pub(crate) fn finish_unread(self) -> Result<Fingerprint> {
        if let Some((path, bytes, modified)) = &self.expected {
            check_unchanged(path, &self.shown, *bytes, *modified, *bytes)?;
        }
        Ok(Fingerprint { bytes: self.bytes, sha256: String::new() })
    }

    /// Stored bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Reads the remaining bytes and returns the fingerprint of all.
    ///
    /// Errors: [`Kind::Changed`] if the file changed since it was opened.
    pub(crate) fn finish(mut self) -> Result<Fingerprint> {
        let mut rest = vec![0; 1 << 16];
        loop {
            match self.read(&mut rest) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Err(Error::io("read", &self.shown, &error)),
            }
        }
        if let Some((path, bytes, modified)) = &self.expected {
            check_unchanged(path, &self.shown, *bytes, *modified, self.bytes)?;
        }
        let hash = self.hash.map(Sha256::finalize);
        let sha256 = hash.iter().flatten().map(|b| format!("{b:02x}")).collect();
        Ok(Fingerprint { bytes: self.bytes, sha256 })
    }
}

fn check_unchanged(
    path: &Path,
    shown: &str,
    bytes: u64,
    modified: Option<SystemTime>,
    read: u64,
) -> Result<()> {
    let changed = |how: String| {
        Err(Error::new(Kind::Changed, format!("`{shown}` changed while it was read: {how}"))
            .hint("run again when it is complete; nothing was published"))
    };
    match fs_err::metadata(path) {
        Err(_) => changed("it is gone".to_owned()),
        Ok(now) if now.len() != bytes || read != bytes => {
            changed(format!("it had {bytes} bytes, {read} were read, now it has {}", now.len()))
        }
        Ok(now) if now.modified().ok() != modified => changed("it was written to".to_owned()),
        Ok(_) => Ok(()),
    }
}

impl Read for RawStream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.source.read(buffer)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..n]);
        }
        self.bytes += n as u64;
        Ok(n)
    }
}

struct ChannelReader {
    receiver: mpsc::Receiver<std::io::Result<Bytes>>,
    current: Bytes,
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.recv() {
                Ok(piece) => self.current = piece?,
                Err(_all_read) => return Ok(0),
            }
        }
        let n = self.current.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.current.split_to(n));
        Ok(n)
    }
}

/// Copies standard input or a remote object to `scratch`, for formats that are read out of order and for
/// inspecting a stream before reading it.
pub(crate) fn spool(
    location: &Location,
    scratch: &Path,
    number: usize,
    runtime: &tokio::runtime::Handle,
) -> Result<Location> {
    let mut raw = RawStream::open(location, runtime)?;
    let path = scratch.join(format!("spool-{number}"));
    let shown = path.display().to_string();
    let mut file = fs_err::File::create(&path).map_err(|e| Error::io("write", &shown, &e))?;
    let bytes = std::io::copy(&mut raw, &mut file).map_err(|e| Error::io("copy", &location.shown, &e))?;
    Ok(Location { storage: Storage::Local(path), bytes, ..location.clone() })
}
