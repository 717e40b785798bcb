//! gRPC: tonic accepts an authenticated channel for its generated clients.

use moneykit::tower::BearerService;

#[test]
fn an_authenticated_channel_is_a_grpc_service() {
    /// Has the bounds of tonic's generated clients, and of a client that moves between tasks.
    fn is_grpc_service<T: tonic::client::GrpcService<tonic::body::Body> + Clone + Send + 'static>() {}

    is_grpc_service::<BearerService<tonic::transport::Channel>>();
}
