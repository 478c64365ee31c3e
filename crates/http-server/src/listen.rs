//! Listening so that a whole class may come at the same moment.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be taken in. The usual 128 are fewer than a class, and whoever finds no place tries again only after a
/// second.
const WAITING: u32 = 1_024;

/// Listens at an address; port 0 takes a free one.
///
/// # Errors
/// The address cannot be had.
pub fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = match at {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Elsewhere it would let others take the port as well.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(at)?;
    socket.listen(WAITING)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{net::TcpStream, time::timeout};

    use super::*;

    #[tokio::test]
    async fn more_than_a_class_may_wait_to_be_taken_in() {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let at = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        for n in 0..450 {
            let connected = timeout(Duration::from_secs(20), TcpStream::connect(at)).await;
            let connected = connected.unwrap_or_else(|_| panic!("{n} wait, and no more may"));
            waiting.push(connected.unwrap());
        }
        let taken = listen(at).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
