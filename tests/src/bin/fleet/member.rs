//! One process of the fleet: a service that sends a request to the API now and then.

use std::error::Error;
use std::time::{Duration, Instant};

use moneykit::Client;
use moneykit_redis::RedisTokenStore;
use moneykit_tests::pause;
use tokio::sync::mpsc;

pub(crate) const CLIENT_ID: &str = "fleet";
pub(crate) const CLIENT_SECRET: &str = "f1ee7a5dd0c34b6e9a8d7c6b5a493827";

pub(crate) struct Member {
    pub(crate) url: String,
    pub(crate) store: Option<String>,
}

impl Member {
    /// Reports to the parent process on the standard output, one event per line, until the standard input ends.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), Box<dyn Error>> {
        const INTERVAL: Duration = Duration::from_millis(250);
        let mut builder = Client::builder().base_url(&self.url).credentials(CLIENT_ID, CLIENT_SECRET);
        if let Some(store) = &self.store {
            builder = builder.token_store(RedisTokenStore::open(store)?);
        }
        let client = builder.build()?;
        let mut input = standard_input();
        println!("ready");
        if input.recv().await.is_none() {
            return Ok(());
        }

        let started = Instant::now();
        match client.access_token().await {
            Ok(_) => println!("first {}", started.elapsed().as_micros()),
            Err(error) => println!("failed no first token: {error}"),
        }
        loop {
            let wait = INTERVAL / 2 + INTERVAL.mul_f64(fastrand::f64());
            tokio::select! {
                line = input.recv() => if line.is_none() { return Ok(()) },
                () = pause(wait) => {}
            }
            match client.get("/links").send().await {
                Ok(response) if response.status().is_success() => println!("served"),
                Ok(response) => println!("failed with {}", response.status()),
                Err(error) => println!("failed: {error}"),
            }
        }
    }
}

/// Returns the lines of the standard input.
fn standard_input() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
