//! Tokens that machines share through a Redis server.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use moneykit::Credentials;
use moneykit::token_store::{StoreKey, StoredToken, TokenStore as _};
use moneykit_redis::RedisTokenStore;

use crate::home::{CLIENT_ID, CLIENT_SECRET, Home, Run, run};

/// A server on a socket in the home of a user, which is killed when it is dropped.
struct Redis {
    process: Child,
    url: String,
}

impl Redis {
    /// Returns `None` if no server is installed.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "a test says why it is skipped, save in CI"
    )]
    fn start(home: &Home) -> Option<Self> {
        let socket = home.path("redis.sock");
        let mut command = Command::new("redis-server");
        command.args(["--save", "", "--port", "0", "--unixsocket"]).arg(&socket);
        let process = command.current_dir(home.path("")).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = process else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "install the package redis-server");
            eprintln!("skipped: install the package redis-server to run this test");
            return None;
        };
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(log.any(|line| line.contains("eady to accept connections")), "the server starts");
        // A server whose output nobody reads stops at some point.
        std::thread::spawn(move || log.count());
        Some(Self { process, url: format!("redis+unix://{}", socket.display()) })
    }
}

impl Redis {
    /// Publishes a token as if it had been requested some seconds ago: the API may not know a younger one yet, so a 401
    /// would say little.
    fn publish(&self, home: &Home, token: &str, age: u64) {
        let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET).unwrap();
        let key = StoreKey::new(&credentials, home.emulator.url(), None, moneykit::raw::contract::VERSION);
        let store = RedisTokenStore::open(&self.url).unwrap();
        let [lifetime, remaining] = [3600, 3600 - age].map(Duration::from_secs);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let lease = store.acquire(&key, Duration::from_secs(3)).await.unwrap().unwrap();
            let token = StoredToken::new(token, lifetime, remaining);
            assert!(store.publish(&key, &lease, &token).await.unwrap());
            store.release(&key, &lease).await.unwrap();
        });
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prepares a command on another machine: with an empty home, and the same credentials.
fn elsewhere(home: &Home, other: &Home, arguments: &[&str]) -> Command {
    let mut command = other.bare_moneykit(arguments);
    command.env("MONEYKIT_URL", home.emulator.url()).env("MONEYKIT_CLIENT_ID", CLIENT_ID);
    command.env("MONEYKIT_CLIENT_SECRET", CLIENT_SECRET);
    command
}

#[test]
fn machines_share_one_token() {
    let (home, other) = (Home::new(), Home::new());
    let Some(redis) = Redis::start(&home) else { return };
    let store = ["--store", &redis.url];

    assert_eq!(home.run(&[&["token", "--check"][..], &store].concat()).failed(1), "");
    let token = home.run(&[&["token"][..], &store].concat()).ok();
    let arguments = [&["token"][..], &store].concat();
    assert_eq!(run(&mut elsewhere(&home, &other, &arguments)).ok(), token);
    assert_eq!(home.emulator.request_counts().token, 1);
    assert!(!home.path("cache/moneykit").exists(), "the cache on disk is not used");
    home.run(&[&["token", "--check"][..], &store].concat()).ok();

    home.run(&[&["token", "--forget"][..], &store].concat()).ok();
    home.run(&[&["token", "--check"][..], &store].concat()).failed(1);
    assert_ne!(run(&mut elsewhere(&home, &other, &arguments)).ok(), token);
}

#[test]
fn processes_that_meet_one_revoked_token_request_one() {
    let home = Home::new();
    let Some(redis) = Redis::start(&home) else { return };
    let request = || {
        let mut command = home.moneykit(&["request", "GET", "/links"]);
        command.env("MONEYKIT_STORE", &redis.url).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let token = home.run(&["token", "--store", &redis.url]).ok();
    redis.publish(&home, token.trim(), 10);
    home.emulator.revoke_tokens();

    let processes: Vec<_> = (0..8).map(|_| request()).collect();
    for process in processes {
        Run::of(process.wait_with_output().unwrap()).ok();
    }
    assert_eq!(home.emulator.request_counts().token, 2);
}

#[test]
fn proxies_share_one_token_and_hide_the_store() {
    let home = Home::new();
    let Some(redis) = Redis::start(&home) else { return };
    for _ in 0..2 {
        let script = "curl --silent --fail \"$MONEYKIT_URL/links\" >&2; env";
        let mut command = home.moneykit(&["proxy", "--", "sh", "-c", script]);
        let run = run(command.env("MONEYKIT_STORE", &redis.url));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!run.stdout.contains("MONEYKIT_STORE") && !run.stdout.contains(&redis.url), "{run:?}");
    }
    assert_eq!(home.emulator.request_counts().token, 1);
}

#[test]
fn a_server_without_tls_costs_a_hint() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    drop(listener);

    let run = home.run(&["token", "--store", &url]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("the token is not shared") && !run.stderr.contains("panicked"), "{run:?}");
}

#[test]
fn a_store_that_is_down_costs_a_hint() {
    let home = Home::new();
    let url = format!("redis+unix://{}", home.path("nothing.sock").display());

    let run = home.run(&["token", "--store", &url]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.len() > 10 && run.stderr.contains("hint: the token is not shared"), "{run:?}");
    let doctor = home.run(&["doctor", "--store", &url]);
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    assert!(doctor.stdout.contains("each process requests a token of its own"), "{doctor:?}");
}

#[test]
fn a_password_is_neither_an_argument_nor_shown() {
    let home = Home::new();
    let url = "redis://app:pale-password@127.0.0.1:1";

    let refused = home.run(&["token", "--store", url]).failed(2);
    assert!(refused.contains("MONEYKIT_STORE") && !refused.contains("pale-password"), "{refused}");
    let doctor = run(home.moneykit(&["doctor", "--json", "-vvv"]).env("MONEYKIT_STORE", url));
    assert!(doctor.stdout.contains("redis://127.0.0.1:1"), "{doctor:?}");
    assert!(!format!("{doctor:?}").contains("pale-password"), "{doctor:?}");

    let profile = format!("[profiles.live]\nstore = '{url}'\n");
    home.write("config/moneykit/config.toml", &profile, 0o644);
    let open = home.run(&["token", "--profile", "live"]).failed(3);
    assert!(open.contains("chmod 600") && !open.contains("pale-password"), "{open}");
    let invalid = run(home.moneykit(&["token"]).env("MONEYKIT_STORE", "pale-password")).failed(3);
    assert!(invalid.contains("MONEYKIT_STORE") && !invalid.contains("pale-password"), "{invalid}");
}
