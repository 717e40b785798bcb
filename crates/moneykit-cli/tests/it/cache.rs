//! The token cache on disk: many processes, permissions, damage, and processes that are killed.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use moneykit_emulator::Fault;

use crate::home::{CLIENT_SECRET, Home, Run};

/// Waits until a process holds the lock of the cache.
pub(crate) fn wait_for_lock(home: &Home) {
    let folder = home.path("cache/moneykit");
    let is_locked = || {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut locks = entries.filter(|entry| entry.path().extension() == Some("lock".as_ref()));
        locks.any(|entry| {
            let lock = File::open(entry.path()).unwrap();
            matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
        })
    };
    while !is_locked() {
        std::thread::yield_now();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Starts processes at the same time with a cold cache, and returns their distinct outputs.
fn outputs_of_processes(home: &Home, count: usize) -> Vec<String> {
    let start = |_| {
        let mut command = home.moneykit(&["token"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..count).map(start).collect();
    let outputs = children.into_iter().map(|child| Run::of(child.wait_with_output().unwrap()).ok());
    let mut outputs: Vec<_> = outputs.collect();
    outputs.sort();
    outputs.dedup();
    outputs
}

#[test]
fn twenty_processes_with_a_cold_cache_request_one_token() {
    let home = Home::new();
    assert_eq!(outputs_of_processes(&home, 20).len(), 1);
    assert_eq!(home.emulator.request_counts().token, 1);
}

#[test]
#[ignore = "a hundred processes take some seconds; twenty show the same"]
fn a_hundred_processes_with_a_cold_cache_request_one_token() {
    let home = Home::new();
    assert_eq!(outputs_of_processes(&home, 100).len(), 1);
    assert_eq!(home.emulator.request_counts().token, 1);
}

#[test]
fn files_are_private_whatever_the_umask() {
    let home = Home::new();
    assert_eq!(home.shell("umask 0; exec moneykit token").code, Some(0));
    assert_eq!(mode(&home.path("cache/moneykit")), 0o700);
    for extension in ["json", "lock"] {
        assert_eq!(mode(&home.cached(extension)), 0o600, "{extension}");
    }
}

#[test]
fn the_file_and_its_name_contain_no_secret() {
    let home = Home::new();
    home.run(&["token"]).ok();
    let path = home.cached("json");
    let text = fs::read_to_string(&path).unwrap() + path.to_str().unwrap();
    assert!(!text.contains(CLIENT_SECRET) && !text.contains("live_1"), "{text}");
}

#[test]
fn each_combination_of_settings_has_its_token() {
    let home = Home::new();
    let token = home.run(&["token"]).ok();
    assert_eq!(home.run(&["token"]).ok(), token);
    assert_eq!(home.run(&["token", "--url", &format!("{}/", home.emulator.url())]).ok(), token);
    assert_ne!(home.run(&["token", "--scope", "accounts"]).ok(), token);
    assert_ne!(home.run(&["token", "--no-cache"]).ok(), token);
    assert_eq!(home.emulator.request_counts().token, 3);

    // Who does not know the secret does not get the token.
    let mut command = home.moneykit(&["token"]);
    let said = crate::home::run(command.env("MONEYKIT_CLIENT_SECRET", "another")).failed(7);
    assert!(said.contains("the client secret is from the variable MONEYKIT_CLIENT_SECRET"), "{said}");
}

#[test]
fn a_file_that_others_can_read_is_replaced_after_a_hint() {
    let home = Home::new();
    let first = home.run(&["token"]).ok();
    let path = home.cached("json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let run = home.run(&["token"]);
    assert!(
        run.stderr.contains("other users have access to") && run.stderr.contains("chmod 600 /"),
        "{run:?}"
    );
    assert_ne!(run.stdout, first);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(home.run(&["token"]).ok(), run.stdout);
}

#[test]
fn a_folder_that_others_can_read_is_not_used() {
    let home = Home::new();
    fs::create_dir_all(home.path("cache/moneykit")).unwrap();
    fs::set_permissions(home.path("cache/moneykit"), fs::Permissions::from_mode(0o755)).unwrap();

    let run = home.run(&["token"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{run:?}");
    assert!(run.stderr.contains("chmod 700 /"), "{run:?}");
    assert_eq!(fs::read_dir(home.path("cache/moneykit")).unwrap().count(), 0);
}

#[test]
fn a_damaged_file_is_a_miss() {
    let home = Home::new();
    home.run(&["token"]).ok();
    let path = home.cached("json");
    let whole = fs::read_to_string(&path).unwrap();
    for damaged in ["", &whole[..whole.len() / 2], "{}", "[1]"] {
        fs::write(&path, damaged).unwrap();
        let run = home.run(&["token"]);
        assert!(run.code == Some(0) && run.stderr.contains("is damaged; it is replaced"), "{run:?}");
        assert_eq!(home.run(&["token"]).ok(), run.stdout);
    }
}

#[test]
fn a_process_that_is_killed_leaves_no_lock() {
    let home = Home::new();
    home.emulator.fail_next(1, Fault::Delay(Duration::from_secs(3)));
    let mut child = home.moneykit(&["token"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_lock(&home);
    child.kill().unwrap();
    child.wait().unwrap();

    let token = home.run(&["token"]).ok();
    assert_eq!(home.run(&["token"]).ok(), token);
}

#[test]
fn without_a_writable_folder_tokens_are_not_cached() {
    let home = Home::new();
    fs::write(home.path("cache"), "a file").unwrap();
    let run = home.run(&["token"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{run:?}");
    assert!(run.stderr.contains("hint: the token is not cached"), "{run:?}");
    assert_eq!(home.run(&["token", "--no-cache"]).ok().lines().count(), 1);
}

#[test]
fn an_expired_token_is_replaced() {
    let home = Home::new();
    home.emulator.fail_next(1, Fault::Lifetime(Duration::from_secs(70)));
    let short = home.run(&["token"]).ok();
    assert_eq!(home.run(&["token"]).ok(), short);
    let long = home.run(&["token", "--min-lifetime", "100"]).ok();
    assert_ne!(long, short);
    assert_eq!(home.run(&["token"]).ok(), long);
}
