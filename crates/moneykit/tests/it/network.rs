//! What happens when no answer comes.

use std::net::TcpListener;
use std::time::Duration;

use moneykit::{Client, ClientBuilder};

use crate::{CLIENT_ID, CLIENT_SECRET, everything};

fn client_of(listener: &TcpListener) -> ClientBuilder {
    let url = format!("http://{}", listener.local_addr().unwrap());
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url)
}

#[tokio::test]
async fn a_closed_port_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client_of(&listener).build().unwrap();
    drop(listener);

    let error = client.request_token().await.unwrap_err();

    assert!(error.is_connect() && error.is_transient() && !error.is_timeout(), "{error:?}");
    assert_eq!(error.status(), None);
    assert!(error.to_string().contains("no connection to http://127.0.0.1:"), "{error}");
    assert!(!everything(&error).contains(CLIENT_SECRET));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_a_timeout() {
    // The listener's backlog accepts the connection; nobody ever answers on it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client_of(&listener).token_timeout(Duration::from_millis(50)).build().unwrap();

    let error = client.request_token().await.unwrap_err();

    assert!(error.is_timeout() && error.is_transient() && !error.is_connect(), "{error:?}");
    assert!(!everything(&error).contains(CLIENT_SECRET));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_transient() {
    use std::io::{Read, Write};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client_of(&listener).build().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        stream
            .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"access_token\":\"pale")
            .unwrap();
    });

    let error = client.request_token().await.unwrap_err();
    server.join().unwrap();

    assert!(error.is_transient() && !error.is_timeout() && !error.is_connect(), "{error:?}");
    assert!(!everything(&error).contains("pale"), "{error:?}");
}
