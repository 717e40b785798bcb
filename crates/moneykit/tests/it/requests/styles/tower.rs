use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use moneykit::Client;
use moneykit::tower::{BearerLayer, BearerService, CloneBody, RetryBody};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};

use super::super::emulator;
use super::Style;

type Http = HyperClient<HttpConnector, Full<Bytes>>;

fn http() -> Http {
    HyperClient::builder(TokioExecutor::new()).build_http()
}

pub(super) fn style(client: &Client) -> Style {
    let service = BearerLayer::new(client.clone()).retry_unauthorized().layer(http());
    let send = move |url: String, headers: HeaderMap| {
        let mut request = Request::get(url).body(Full::default()).unwrap();
        *request.headers_mut() = headers;
        let service = service.clone();
        Box::pin(async {
            match service.oneshot(request).await {
                Ok(answer) => Ok(answer.status().as_u16()),
                Err(error) => Err(error.to_string()),
            }
        }) as super::Sending
    };
    Style { name: "tower", send: Box::new(send) }
}

/// Sends a body with a token that is dead; and a second request.
async fn with_a_dead_token<R>(layer: impl FnOnce(Client) -> BearerLayer<R>, body: &'static str) -> (u16, u64)
where
    R: RetryBody<Full<Bytes>> + Clone,
{
    let (emulator, client) = emulator();
    client.warm_up().await.unwrap();
    emulator.revoke_tokens();
    let mut service = layer(client).layer(http());
    let url = format!("{}/x", emulator.url());

    let request = Request::post(&url).body(body.into()).unwrap();
    let answer = service.ready().await.unwrap().call(request).await.unwrap();
    let (status, sent) = (answer.status().as_u16(), emulator.request_counts().api);
    let echo = answer.into_body().collect().await.unwrap().to_bytes();
    let echo: serde_json::Value = serde_json::from_slice(&echo).unwrap();
    if status == 200 {
        assert_eq!(echo["body_bytes"], body.len());
    }

    // Sent again or not, the dead token is gone.
    let request = Request::get(&url).body(Full::default()).unwrap();
    assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().api, sent + 1);
    (status, sent)
}

#[tokio::test]
async fn a_body_is_sent_again_where_that_was_asked_for_and_it_can_be() {
    let short =
        |body: &Full<Bytes>| (hyper::body::Body::size_hint(body).exact() < Some(5)).then(|| body.clone());
    assert_eq!(with_a_dead_token(BearerLayer::new, "body").await, (401, 1));
    assert_eq!(
        with_a_dead_token(|client| BearerLayer::new(client).retry_unauthorized(), "body").await,
        (200, 2)
    );
    for (body, outcome) in [("body", (200, 2)), ("a long one", (401, 1))] {
        let layer = |client| BearerLayer::new(client).retry_unauthorized_with(short);
        assert_eq!(with_a_dead_token(layer, body).await, outcome);
    }
}

/// A service that insists on being asked whether it is ready, before each call and after each clone.
struct Exacting {
    ready: bool,
    asked: bool,
    answers: Arc<Mutex<Vec<u16>>>,
    seen: Arc<Mutex<Vec<(Uri, HeaderMap)>>>,
}

impl Exacting {
    fn new(answers: &[u16]) -> Self {
        let answers = Arc::new(Mutex::new(answers.iter().rev().copied().collect()));
        Self { ready: false, asked: false, answers, seen: Arc::default() }
    }
}

impl Clone for Exacting {
    fn clone(&self) -> Self {
        let (answers, seen) = (Arc::clone(&self.answers), Arc::clone(&self.seen));
        Self { ready: false, asked: false, answers, seen }
    }
}

impl Service<Request<&'static str>> for Exacting {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if !std::mem::replace(&mut self.asked, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<&'static str>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "it was called without being ready");
        self.asked = false;
        self.seen.lock().unwrap().push((request.uri().clone(), request.headers().clone()));
        let status = self.answers.lock().unwrap().pop().unwrap();
        ready(Ok(Response::builder().status(status).body(()).unwrap()))
    }
}

#[tokio::test]
async fn a_service_is_called_only_when_it_is_ready_and_again_before_the_replay() {
    let (_emulator, client) = emulator();
    let inner = Exacting::new(&[200, 401, 200, 401, 401, 200]);
    let mut service = BearerLayer::new(client).retry_unauthorized().layer(inner.clone());
    for status in [200, 200, 401, 200] {
        let request = Request::get("/x").body("").unwrap();
        assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), status);
    }

    let seen = inner.seen.lock().unwrap();
    let token = |request: usize| &seen[request].1["authorization"];
    assert_eq!(seen.len(), 6);
    assert!(token(0) == token(1) && token(1) != token(2) && token(2) == token(3) && token(3) != token(4));
}

#[tokio::test]
async fn a_replay_needs_no_second_place_in_a_queue_of_one() {
    let (_emulator, client) = emulator();
    let mut service = ServiceBuilder::new()
        .layer(BearerLayer::new(client).retry_unauthorized())
        .concurrency_limit(1)
        .service(Exacting::new(&[401, 200]));

    let request = Request::get("/x").body("").unwrap();
    assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_without_a_host_is_for_the_api_unless_a_header_says_otherwise() {
    let (emulator, client) = emulator();
    let host = emulator.url().strip_prefix("http://").unwrap();
    for (uri, header, is_for_the_api) in [
        ("/links", None, true),
        ("/links", Some(host), true),
        ("/links", Some("evil.example"), false),
        (&*format!("http://{host}/links"), None, true),
        (&*format!("https://{host}/links"), None, false),
        ("http://evil.example/links", None, false),
        ("http://evil.example/links", Some(host), false),
        (host, None, false),
    ] {
        let inner = Exacting::new(&[200]);
        let mut request = Request::get(uri);
        if let Some(header) = header {
            request = request.header("host", header);
        }
        let service = BearerLayer::new(client.clone()).layer(inner.clone());
        service.oneshot(request.body("").unwrap()).await.unwrap();

        let seen = inner.seen.lock().unwrap();
        for name in ["authorization", "moneykit-version", "user-agent"] {
            assert_eq!(seen[0].1.contains_key(name), is_for_the_api, "{uri} {header:?} {name}");
        }
    }
}

#[tokio::test]
async fn an_error_is_that_of_the_client_or_of_the_service_below() {
    let (emulator, client) = emulator();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();
    let request = |url: &str| Request::get(url).body(Full::<Bytes>::default()).unwrap();

    let error = BearerLayer::new(wrong).layer(http()).oneshot(request(emulator.url())).await.unwrap_err();
    assert!(error.downcast_ref::<moneykit::Error>().unwrap().is_unauthorized());

    let error = BearerLayer::new(client).layer(http()).oneshot(request("ftp://x/")).await.unwrap_err();
    assert!(error.is::<hyper_util::client::legacy::Error>());
}

/// What tonic asks of a service that a generated client is made with; and that futures can be moved to tasks.
#[test]
fn tonic_takes_an_authenticated_channel() {
    fn is_grpc_service<T: tonic::client::GrpcService<tonic::body::Body> + Clone + Send + 'static>() {}
    fn is_service<T: Service<Request<Full<Bytes>>, Response: Send, Future: Send>>() {}

    is_grpc_service::<BearerService<tonic::transport::Channel>>();
    is_service::<BearerService<Http, CloneBody>>();
}
