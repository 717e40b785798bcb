//! Tests of the page for people, in a real browser if there is one.

use std::process::{Command, Output};

use moneykit_emulator::{DEFAULT_CLIENT_ID, Emulator, RequestFilter, SessionConfig, Stub, StubResponse};
use reqwest::blocking::{Client, RequestBuilder, Response};

use crate::common::{get_links, issue_token};

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

fn start() -> Emulator {
    Emulator::builder().control_api(true).start().unwrap()
}

fn get(url: &str) -> RequestBuilder {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap().get(url)
}

fn location(response: &Response) -> Option<&str> {
    response.headers().get("location").map(|location| location.to_str().unwrap())
}

#[test]
fn only_a_browser_is_redirected_from_the_base_url() {
    let emulator = start();
    let session = emulator.create_session("my-test", &SessionConfig::new()).unwrap();
    for (url, expected) in [
        (format!("{}/", emulator.url()), "/__emulator/"),
        (format!("{}/__emulator", emulator.url()), "/__emulator/"),
        (session.url().to_owned(), "/s/my-test/__emulator/"),
        (format!("{}/", session.url()), "/s/my-test/__emulator/"),
    ] {
        let response = get(&url).header("accept", HTML).send().unwrap();
        assert_eq!((response.status().as_u16(), location(&response)), (303, Some(expected)), "{url}");
    }
    assert!(emulator.requests(&RequestFilter::new()).requests.is_empty());

    let url = format!("{}/", emulator.url());
    let token = issue_token(&emulator);
    let browser = |request: RequestBuilder| request.header("accept", HTML);
    for (request, status) in [
        (get(&url), 401),
        (get(&url).header("accept", "application/json, */*"), 401),
        (browser(get(&format!("{url}links"))), 401),
        (browser(get(&url)).header("authorization", "Basic x"), 401),
        (browser(get(&url)).bearer_auth(&token), 200),
    ] {
        assert_eq!(request.send().unwrap().status().as_u16(), status);
    }
    assert_eq!(emulator.request_counts().api, 5);
}

#[test]
fn without_the_control_api_there_is_no_page() {
    let emulator = crate::common::start();
    for path in ["/", "/__emulator/", "/__emulator/page.js"] {
        let response = get(&format!("{}{path}", emulator.url())).header("accept", HTML).send().unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
}

#[test]
fn the_files_need_no_key_and_forbid_everything_else() {
    let emulator = Emulator::builder().control_api(true).control_key("key").start().unwrap();
    for (path, content_type) in [
        ("", "text/html; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let response = get(&format!("{}/__emulator/{path}", emulator.url())).send().unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let header = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), content_type);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        let policy = header("content-security-policy");
        for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|part| part == directive), "{policy}");
        }
        let text = response.text().unwrap();
        assert!(!text.contains("innerHTML") && !text.contains("style="), "{path}");
        // The namespace of SVG is no resource.
        assert!(!text.replace("http://www.w3.org/2000/svg", "").contains("://"), "{path}");
    }
    let stubs = get(&format!("{}/__emulator/stubs", emulator.url())).send().unwrap();
    assert_eq!(stubs.status(), 401);
}

#[test]
fn the_page_shows_requests_as_text() {
    const MARKUP: &str = "<img src=x onerror=alert(1)>";
    let Some(browser) = Browser::find() else { return };
    let emulator = start();
    let stub = Stub::new("GET", "/links").id(MARKUP).respond(StubResponse::new(203));
    emulator.add_stub(stub).unwrap();
    emulator.create_session("my-test", &SessionConfig::new()).unwrap();
    let token = issue_token(&emulator);
    let request = get(&format!("{}/links?q=%3Cimg%20onerror%3E", emulator.url()));
    request.bearer_auth(&token).header("x-markup", MARKUP).body(MARKUP).send().unwrap();

    let page = browser.open(emulator.url());

    // The ID of the stub in the request and in the list of stubs, the header, and the body.
    let escaped = MARKUP.replace('<', "&lt;").replace('>', "&gt;");
    assert!(page.dom.matches(&escaped).count() >= 4, "{}", page.dom);
    assert!(page.dom.contains("/links?q=%3Cimg%20onerror%3E"), "{}", page.dom);
    assert!(!page.dom.contains("<img src=\"x\"") && !page.dom.contains(MARKUP), "{}", page.dom);
    for expected in
        [">203<", "/auth/token", DEFAULT_CLIENT_ID, "/s/my-test/__emulator/", ">live<", emulator.url()]
    {
        assert!(page.dom.contains(expected), "{expected}: {}", page.dom);
    }
    assert!(!page.dom.contains(&token));
    assert_eq!(page.console, "");
    // The browser requested nothing of the emulated API, such as an icon.
    assert_eq!(emulator.request_counts().api, 1);
}

#[test]
fn the_page_asks_for_the_key() {
    let Some(browser) = Browser::find() else { return };
    let emulator = Emulator::builder().control_api(true).control_key("pale-key").start().unwrap();
    get_links(&emulator, "unknown");
    let page = browser.open(emulator.url());
    assert!(page.dom.contains(r#"<form id="key-form" class="notice">"#), "{}", page.dom);
    assert!(page.dom.contains(">locked<") && !page.dom.contains("/links"), "{}", page.dom);
}

/// A headless Chromium.
struct Browser(&'static str);

struct Page {
    /// The document after its scripts ran for some seconds.
    dom: String,
    /// The messages of the page on the console, such as violations of its policy.
    console: String,
}

impl Browser {
    /// Returns `None` if none is installed, unless in CI.
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    #[expect(clippy::disallowed_methods, reason = "only the environment tells whether this is CI")]
    fn find() -> Option<Self> {
        let runs = |name: &&str| {
            Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
        };
        let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs);
        if found.is_none() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "install the package chromium");
            eprintln!("skipped: install the package chromium to run this test");
        }
        found.map(Self)
    }

    fn open(&self, url: &str) -> Page {
        let profile = tempfile::tempdir().unwrap();
        // Its sandbox does not work in most containers, and the page comes from this crate.
        let output = Command::new(self.0)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server"])
            .args(["--virtual-time-budget=4000", "--enable-logging=stderr", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("{url}/"))
            .output()
            .unwrap();
        let Output { status, stdout, stderr } = output;
        let log = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{log}");
        // A request without the key fails, which the browser logs as well.
        let console =
            log.lines().filter(|line| line.contains(":CONSOLE") && !line.contains("401 (Unauthorized)"));
        Page { dom: String::from_utf8_lossy(&stdout).into_owned(), console: console.collect() }
    }
}
