//! Forwards a port as the API server does: over a websocket, each message with a channel before it.
//! Channel 0 carries data, channel 1 what went wrong; both begin with the port.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Error, Message};

/// How long one side is listened to before the other side has its turn.
const TURN: Duration = Duration::from_millis(5);

/// The address to which a connection wants to be forwarded, if it asks for that.
pub(super) fn wanted<'a>(stream: &TcpStream, forwards: &'a [(String, String)]) -> Option<&'a str> {
    let mut head = [0; 512];
    let read = stream.peek(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let path = head
        .split_whitespace()
        .nth(1)?
        .split('?')
        .next()?
        .to_owned();
    let found = forwards.iter().find(|(from, _)| *from == path);
    found.map(|(_, to)| to.as_str())
}

/// Carries everything between the websocket and the address until either side ends.
#[allow(clippy::result_large_err, reason = "the error type is tungstenite's")]
pub(super) fn relay(stream: TcpStream, address: &str) {
    let answer = |_: &Request, mut response: Response| {
        let protocol = "v4.channel.k8s.io".parse().unwrap();
        let headers = response.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", protocol);
        Ok(response)
    };
    let mut head = [0; 512];
    let read = stream.peek(&mut head).unwrap();
    let port = port_of(&String::from_utf8_lossy(&head[..read]));
    let mut socket = tungstenite::accept_hdr(stream, answer).unwrap();
    for channel in [0, 1] {
        let [low, high] = port.to_le_bytes();
        socket
            .send(Message::binary(vec![channel, low, high]))
            .unwrap();
    }
    let Ok(mut far) = TcpStream::connect(address) else {
        let said = "\u{1}nobody listens in the pod".as_bytes().to_vec();
        let _ = socket.send(Message::binary(said));
        let _ = socket.close(None);
        // Closing with something unread would cut off what was said.
        while socket.read().is_ok() {}
        return;
    };
    far.set_read_timeout(Some(TURN)).unwrap();
    socket.get_ref().set_read_timeout(Some(TURN)).unwrap();
    loop {
        match socket.read() {
            Ok(Message::Binary(data)) if data.first() == Some(&0) => {
                if far.write_all(&data[1..]).is_err() {
                    return;
                }
            }
            Ok(Message::Close(_)) => return,
            Ok(_) => {}
            Err(Error::Io(error)) if is_pause(error.kind()) => {}
            Err(_) => return,
        }
        let mut data = vec![0; 32 * 1024];
        match far.read(&mut data[1..]) {
            Ok(0) => {
                let _ = socket.close(None);
                return;
            }
            Ok(read) => {
                data.truncate(read + 1);
                if socket.send(Message::binary(data)).is_err() {
                    return;
                }
            }
            Err(error) if is_pause(error.kind()) => {}
            Err(_) => return,
        }
    }
}

/// The port in `?ports=15000`.
fn port_of(head: &str) -> u16 {
    let query = head.split("ports=").nth(1).unwrap();
    let digits: String = query.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
