//! gRPC: tonic accepts an authenticated channel for its generated clients, and its errors lead to the client's.

use moneykit::tower::BearerService;

#[test]
fn an_authenticated_channel_is_a_grpc_service() {
    /// Has the bounds of tonic's generated clients, and of a client that moves between tasks.
    fn is_grpc_service<T: tonic::client::GrpcService<tonic::body::Body> + Clone + Send + 'static>() {}

    is_grpc_service::<BearerService<tonic::transport::Channel>>();
}

#[tokio::test]
async fn an_error_is_found_behind_a_grpc_status_and_layers_of_tower() {
    use tower::{Layer, ServiceBuilder, ServiceExt};

    let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start().unwrap();
    let client =
        moneykit::Client::builder().credentials("id", "wrong").base_url(emulator.url()).build().unwrap();
    let inner = tower::service_fn(|_: http::Request<()>| async {
        Ok::<_, std::convert::Infallible>(http::Response::new(()))
    });
    let service = moneykit::tower::BearerLayer::new(client).layer(inner);
    let service = ServiceBuilder::new().timeout(std::time::Duration::from_secs(60)).service(service);
    let request = http::Request::get(format!("{}/links", emulator.url())).body(()).unwrap();
    let error = service.oneshot(request).await.unwrap_err();

    assert!(moneykit::Error::find_in(&*error).unwrap().is_unauthorized(), "{error:?}");
    let status = tonic::Status::from_error(error);
    assert!(moneykit::Error::find_in(&status).unwrap().is_unauthorized(), "{status:?}");
}
