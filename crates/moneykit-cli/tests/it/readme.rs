//! The transcripts of the README: each command is run, and its output is compared.

use moneykit_emulator::Emulator;
use snapbox::Redactions;

use crate::home::{Home, run};

#[test]
fn the_transcripts_are_true() {
    let link = r#"{"link_id": "lnk_123", "institution_name": "First Bank"}"#;
    let missing = r#"{"error_code": "api_error.link.not_found", "error_message": "Unknown link"}"#;
    let emulator = Emulator::builder().stub("GET", "/links/lnk_123", 200, link).stub(
        "GET",
        "/links/lnk_0",
        404,
        missing,
    );
    let home = Home::with_emulator(emulator);
    let token = home.run(&["token"]).ok();
    let address = home.emulator.url().trim_start_matches("http://").to_owned();
    let folder = home.path("x").parent().unwrap().display().to_string();

    let mut redactions = Redactions::new();
    redactions.insert("[TOKEN]", token.trim_end().to_owned()).unwrap();
    redactions.insert("[URL]", home.emulator.url().to_owned()).unwrap();
    redactions.insert("[ADDRESS]", address).unwrap();
    redactions.insert("[HOME]", folder).unwrap();

    let readme = include_str!("../../README.md");
    let mut count = 0;
    for block in readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        for transcript in format!("\n{block}").split("\n$ ").skip(1) {
            let (command, expected) = transcript.split_once('\n').unwrap_or((transcript, ""));
            let run = run(&mut home.program("sh", &["-c", &format!("{{ {command}; }} 2>&1")]));
            let actual = redactions.redact(&run.stdout);
            let assert = snapbox::Assert::new().redact_with(redactions.clone());
            assert.eq(
                format!("$ {command}\n{}", actual.trim_end()),
                format!("$ {command}\n{}", expected.trim_end()),
            );
            count += 1;
        }
    }
    assert!(count >= 8, "{count} transcripts");
}
