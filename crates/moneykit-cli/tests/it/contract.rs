//! `moneykit contract`: documents, changes, and what becomes a client.

use serde_json::Value;

use crate::home::{Home, run};

const OLD: &str = "\
openapi: 3.0.3
info: { title: Bank, version: '1' }
paths:
  /links/{id}:
    get:
      operationId: get_link
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        '200':
          description: The link.
          content: { application/json: { schema: { $ref: '#/components/schemas/Link' } } }
components:
  schemas:
    Link:
      type: object
      required: [id]
      properties:
        id: { type: string }
        state: { type: string }
";

#[test]
fn show_prints_the_contract_as_yaml_or_json() {
    let home = Home::new();
    let yaml = run(&mut home.bare_moneykit(&["contract", "show"])).ok();
    assert_eq!(yaml, include_str!("../../openapi.yaml"));

    let json = run(&mut home.bare_moneykit(&["contract", "show", "--format", "json"])).ok();
    let document: Value = serde_json::from_str(&json).unwrap();
    assert!(document["paths"]["/auth/token"]["post"].is_object(), "{json}");
    home.write("a.yaml", &yaml, 0o644);
    home.write("a.json", &json, 0o644);
    let same = home.run(&["contract", "diff", "a.yaml", "a.json"]).ok();
    assert_eq!(same, "0 breaking, 0 compatible, 0 editorial\n");
}

#[test]
fn the_exit_code_of_diff_is_the_effect_on_clients() {
    let home = Home::new();
    home.write("old.yaml", OLD, 0o644);
    let diff = |new: &str, options: &[&str]| {
        home.write("new.yaml", new, 0o644);
        home.run(&[&["contract", "diff", "old.yaml", "new.yaml"], options].concat())
    };

    let compatible = OLD.replace("properties:", "properties:\n        name: { type: string }");
    assert!(diff(&compatible, &[]).ok().contains("  compatible  "));

    let breaking = OLD.replace("required: [id]", "required: []");
    let run = diff(&breaking, &[]);
    assert_eq!((run.code, &*run.stderr), (Some(1), ""), "{run:?}");
    assert!(run.stdout.contains("  breaking    response 200"), "{run:?}");
    assert!(run.stdout.ends_with("1 breaking, 0 compatible, 0 editorial\n"), "{run:?}");
    diff(&breaking, &["--allow-breaking"]).ok();
    let json: Value = serde_json::from_str(&diff(&breaking, &["--json"]).stdout).unwrap();
    assert_eq!(json["changes"][0]["rule"], "property-optional", "{json}");

    let unclassified = OLD.replace("id: { type: string }", "id: { type: string, contentEncoding: base64 }");
    let run = diff(&unclassified, &["--allow-breaking"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stdout.contains("Unclassified") && run.stderr.contains("no rule covers"), "{run:?}");

    assert!(diff("openapi: 2.0.0\n", &[]).failed(2).contains("new.yaml"));
    let missing = home.run(&["contract", "diff", "old.yaml", "missing.yaml"]).failed(2);
    assert!(missing.contains("missing.yaml: the file can't be read"), "{missing}");
}

#[test]
fn diff_is_in_color_on_demand() {
    let home = Home::new();
    home.write("old.yaml", OLD, 0o644);
    home.write("new.yaml", &OLD.replace("required: [id]", "required: []"), 0o644);
    let run = home.run(&["contract", "diff", "old.yaml", "new.yaml", "--color", "always"]);
    assert!(run.stdout.contains("\x1b[1;31mbreaking"), "{run:?}");
}

#[test]
fn text_of_a_document_does_not_control_the_terminal() {
    let home = Home::new();
    home.write("old.yaml", OLD, 0o644);
    let hostile = OLD
        .replace("get_link", "\"get\\e]0;link\\a\"")
        .replace("state: { type: string }", "\"st\\e[2Jate\": { type: \"str\\e[1ming\" }");
    home.write("new.yaml", &hostile, 0o644);
    let mut commands = vec![
        home.run(&["contract", "diff", "old.yaml", "new.yaml"]),
        home.run(&["contract", "diff", "old.yaml", "new.yaml", "--json"]),
    ];
    if cfg!(feature = "codegen") {
        commands.push(home.run(&["contract", "coverage", "new.yaml"]));
        commands.push(home.run(&["contract", "coverage", "new.yaml", "--json"]));
        commands.push(home.run(&["contract", "extract", "new.yaml", "--operation", "GET /links/{id}"]));
        commands.push(home.run(&["contract", "extract", "new.yaml", "--operation", "\u{1b}[2J"]));
    }
    for run in commands {
        assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{run:?}");
        assert!(run.stdout.contains("links") || run.stderr.contains("u{1b}"), "{run:?}");
    }
}

#[cfg(feature = "codegen")]
mod generation {
    use super::*;

    #[test]
    fn extract_writes_a_contract_that_generates() {
        let home = Home::new();
        let vendor = OLD.replace("state: { type: string }", "api_key: { type: string }");
        home.write("vendor.yaml", &format!("# Only for customers.\n{vendor}"), 0o644);
        let extract = ["contract", "extract", "vendor.yaml", "--operation", "get_link"];

        let run = home.run(&[&extract[..], &["-o", "openapi.yaml"]].concat());

        assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{run:?}");
        let secrets = "because of their names:\n  /components/schemas/Link/properties/api_key\n";
        assert!(run.stderr.contains(secrets), "{run:?}");
        let contract = std::fs::read_to_string(home.path("openapi.yaml")).unwrap();
        assert!(contract.contains("/links/{id}\":") && contract.contains("format: password"), "{contract}");
        let printed = home.run(&[&extract[..], &["--quiet"]].concat()).ok();
        assert_eq!(printed, contract);
    }

    #[test]
    fn comments_of_a_document_do_not_control_the_terminal() {
        let home = Home::new();
        home.write("vendor.yaml", &OLD.replace("paths:\n", "paths:\n  # a\u{202e}b\n"), 0o644);
        let extract = ["contract", "extract", "vendor.yaml", "--operation", "get_link", "--quiet"];
        assert!(home.run(&extract).ok().contains("# a\u{202e}b\n"));
        let shown = home.run(&[&extract[..], &["--color", "always"]].concat()).ok();
        assert!(shown.contains("# a\\u{202e}b\n"), "{shown}");
    }

    #[test]
    fn extract_names_what_has_to_be_corrected() {
        let home = Home::new();
        home.write("vendor.yaml", &OLD.replace("state: { type: string }", "state: { type: strin }"), 0o644);
        let run = home.run(&["contract", "extract", "vendor.yaml", "--operation", "get_link"]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stdout.contains("type: strin\n"), "{run:?}");
        assert!(run.stderr.contains("error: no client can be generated from the contract"), "{run:?}");
        assert!(run.stderr.contains("the type `strin` does not exist"), "{run:?}");
    }

    #[test]
    fn extract_without_a_contract_writes_nothing() {
        let home = Home::new();
        home.write("vendor.yaml", OLD, 0o644);
        let output = ["-o", "openapi.yaml"];
        let extract =
            |arguments: &[&str]| home.run(&[&["contract", "extract"], arguments, &output].concat()).failed(2);
        let said = extract(&["vendor.yaml", "--operation", "get_lnk"]);
        assert!(said.contains("did you mean `get_link`"), "{said}");
        assert!(extract(&["missing.yaml", "--operation", "a"]).contains("cannot read missing.yaml"));
        assert!(extract(&["vendor.yaml"]).contains("--operation"));
        assert!(!home.path("openapi.yaml").exists());
    }

    #[test]
    fn coverage_counts_operations_and_groups_reasons() {
        let home = Home::new();
        let broken = "  /broken:\n    get:\n      responses:\n        '200':\n          description: A.\n          \
                      content: { application/json: { schema: { type: strin } } }\ncomponents:";
        home.write("vendor.yaml", &OLD.replace("components:", broken), 0o644);
        let coverage = |arguments: &[&str]| {
            home.run(&[&["contract", "coverage", "vendor.yaml", "--quiet"], arguments].concat()).ok()
        };

        let text = coverage(&[]);
        assert!(text.starts_with("version 1: 1 of 2 operations generate\n\n    1  refused: "), "{text}");
        assert!(text.contains("such as GET /broken: "), "{text}");
        let report: Value = serde_json::from_str(&coverage(&["--json"])).unwrap();
        assert_eq!((&report["operations"], &report["generate"]), (&2.into(), &1.into()), "{report}");
        assert_eq!(report["reasons"][0]["operations"][0], "GET /broken", "{report}");
        let text = coverage(&["--operation", "get_link"]);
        assert_eq!(text, "version 1: 1 of 1 operations generate\n");
    }
}
