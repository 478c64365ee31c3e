//! RawSocket beside WebSocket, where the settings name places for it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wamp_transport::Node;

use crate::settings::WampSettings;

/// A place cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "{key} = {place} cannot be used: {reason}; stop what uses it, or choose another place for RawSocket"
)]
pub struct RawSocketError {
    key: &'static str,
    place: String,
    reason: io::Error,
}

/// The places where clients may connect over RawSocket, taken but not served yet.
#[derive(Debug)]
pub struct RawSockets {
    tcp: Vec<TcpListener>,
    #[cfg(unix)]
    unix: Option<UnixSocket>,
}

impl RawSockets {
    /// Takes the places that the settings name, if they name any.
    ///
    /// # Errors
    /// One of them is taken, or cannot be had here.
    pub fn open(settings: &WampSettings) -> Result<Self, RawSocketError> {
        let tcp = settings.rawsocket.iter().map(|place| {
            http_server::listen(*place).map_err(|reason| RawSocketError {
                key: "wamp.rawsocket",
                place: place.to_string(),
                reason,
            })
        });
        let tcp = tcp.collect::<Result<_, _>>()?;
        let path = &settings.rawsocket_unix;
        let unix = match path.as_os_str().is_empty() {
            true => None,
            false => Some(UnixSocket::open(path).map_err(|reason| RawSocketError {
                key: "wamp.rawsocket_unix",
                place: path.display().to_string(),
                reason,
            })?),
        };
        #[cfg(not(unix))]
        let _: Option<UnixSocket> = unix;
        Ok(Self {
            tcp,
            #[cfg(unix)]
            unix,
        })
    }

    /// The addresses, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.tcp.iter().map(TcpListener::local_addr);
        addresses.filter_map(Result::ok).collect()
    }

    /// Serves clients of `node` there, in tasks that end with `stop`.
    pub fn serve(self, node: &Node, tasks: &TaskTracker, stop: &CancellationToken) {
        for listener in self.tcp {
            if let Ok(addr) = listener.local_addr() {
                tracing::info!(%addr, "RawSocket");
            }
            let (node, stop) = (node.clone(), stop.clone());
            let work = async move { node.serve_rawsocket(listener).await };
            tasks.spawn(async move { stop.run_until_cancelled(work).await });
        }
        #[cfg(unix)]
        if let Some(UnixSocket { listener, file }) = self.unix {
            tracing::info!(path = %file.0.display(), "RawSocket");
            let (node, stop) = (node.clone(), stop.clone());
            let work = async move { node.serve_rawsocket_unix(listener).await };
            tasks.spawn(async move {
                stop.run_until_cancelled(work).await;
                drop(file);
            });
        }
    }
}

/// A unix socket.
#[cfg(unix)]
#[derive(Debug)]
struct UnixSocket {
    listener: tokio::net::UnixListener,
    file: SocketFile,
}

/// Where there are none.
#[cfg(not(unix))]
#[derive(Debug)]
struct UnixSocket;

/// The file of a unix socket, which goes with its listener.
#[derive(Debug)]
#[cfg(unix)]
struct SocketFile(PathBuf);

#[cfg(unix)]
impl UnixSocket {
    fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::FileTypeExt;
        use std::os::unix::net::UnixStream;

        // A process that was killed leaves its file behind. Nobody answers there any more, and only then it may go.
        let is_socket = path
            .symlink_metadata()
            .is_ok_and(|file| file.file_type().is_socket());
        if is_socket
            && UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            std::fs::remove_file(path)?;
        }
        let listener = tokio::net::UnixListener::bind(path)?;
        let file = SocketFile(path.to_owned());
        Ok(Self { listener, file })
    }
}

#[cfg(not(unix))]
impl UnixSocket {
    fn open(_: &Path) -> io::Result<Self> {
        Err(io::Error::other("there are no unix sockets here"))
    }
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        // Whoever has removed it already has done what is left to do.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use wamp_transport::{
        Admission, AuthMethod, Claim, ConnectOptions, Dict, Gate, NodeConfig, Permission, Request,
        SessionInfo, connect,
    };

    use super::*;

    struct Open;

    #[async_trait]
    impl Gate for Open {
        async fn authenticate(&self, claim: Claim) -> Admission {
            Admission::Welcome {
                authid: claim.session.to_string(),
                authrole: "anonymous".to_owned(),
                authprovider: "open".to_owned(),
                extra: Dict::new(),
            }
        }

        async fn authorize(&self, _: Request) -> Permission {
            Permission::Allow
        }

        fn joined(&self, _: &SessionInfo) {}

        fn left(&self, _: &SessionInfo) {}
    }

    fn node() -> Node {
        let config = NodeConfig {
            auth_methods: vec![AuthMethod::Anonymous],
            ..NodeConfig::default()
        };
        Node::start(config, Arc::new(Open))
    }

    fn at(path: &Path) -> WampSettings {
        WampSettings {
            rawsocket_unix: path.to_owned(),
            ..WampSettings::default()
        }
    }

    #[tokio::test]
    async fn clients_connect_where_the_settings_say_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wamp.sock");
        let settings = WampSettings {
            rawsocket: vec!["127.0.0.1:0".parse().unwrap()],
            ..at(&path)
        };
        let (node, tasks, stop) = (node(), TaskTracker::new(), CancellationToken::new());
        let sockets = RawSockets::open(&settings).unwrap();
        let addresses = sockets.addresses();
        sockets.serve(&node, &tasks, &stop);
        for url in [
            format!("rs://{}", addresses[0]),
            format!("unix:{}", path.display()),
        ] {
            let (session, _inbox) = connect(&url, ConnectOptions::default()).await.unwrap();
            session.leave().await;
        }
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        assert!(!path.exists(), "the file goes with the service");
        let none = RawSockets::open(&WampSettings::default()).unwrap();
        assert!(none.addresses().is_empty() && none.unix.is_none());
    }

    #[tokio::test]
    async fn a_file_that_a_killed_process_left_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wamp.sock");
        // A listener of the standard library leaves its file behind.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let living = RawSockets::open(&at(&path)).unwrap();
        let refused = RawSockets::open(&at(&path)).unwrap_err().to_string();
        assert!(refused.starts_with("wamp.rawsocket_unix = "), "{refused}");
        assert!(path.exists());
        drop(living);

        let other = folder.path().join("notes.txt");
        std::fs::write(&other, "mine").unwrap();
        assert!(RawSockets::open(&at(&other)).is_err());
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "mine");
    }
}
