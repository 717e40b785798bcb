//! Tests of the modules that generated sources contain.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "the modules are those of generated sources, of which the tests call a part"
)]

mod multipart;
mod wire;

use serde_json::json;

/// A function that adds pairs.
type Write<'a> = &'a dyn Fn(&mut Vec<(String, String)>) -> Result<(), String>;

#[test]
fn a_value_is_written_in_each_style() {
    let list = json!(["a", "b"]);
    let object = json!({ "since": "2023-01-31", "nested": { "n": 1 }, "absent": null });
    let written = |write: Write<'_>| {
        let mut pairs = Vec::new();
        write(&mut pairs).unwrap();
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    for (pairs, expected) in [
        (written(&|pairs| wire::form(pairs, "p", &list)), "p=a&p=b"),
        (written(&|pairs| wire::form(pairs, "p", &json!({ "a": 1, "b": true }))), "a=1&b=true"),
        (written(&|pairs| wire::form(pairs, "p", &json!(null))), ""),
        (written(&|pairs| wire::separated(pairs, "p", &list, "|")), "p=a|b"),
        (written(&|pairs| wire::deep_object(pairs, "p", &object)), "p[since]=2023-01-31&p[nested][n]=1"),
        (written(&|pairs| wire::json(pairs, "p", &list)), r#"p=["a","b"]"#),
    ] {
        assert_eq!(pairs, expected);
    }
    assert_eq!(wire::simple(&list, false).unwrap(), "a,b");
    assert_eq!(wire::simple(&json!({ "a": 1, "b": 2 }), false).unwrap(), "a,1,b,2");
    assert_eq!(wire::simple(&json!({ "a": 1, "b": 2 }), true).unwrap(), "a=1,b=2");
}

#[test]
fn a_path_parameter_is_written_in_each_style() {
    let (list, object, text) = (json!(["a", "b"]), json!({ "x": 1, "y": 2 }), json!("a"));
    for (value, label, exploded_label, matrix, exploded_matrix) in [
        (&text, ".a", ".a", ";p=a", ";p=a"),
        (&list, ".a,b", ".a.b", ";p=a,b", ";p=a;p=b"),
        (&object, ".x,1,y,2", ".x=1.y=2", ";p=x,1,y,2", ";x=1;y=2"),
    ] {
        assert_eq!(wire::label(value, false).unwrap(), label);
        assert_eq!(wire::label(value, true).unwrap(), exploded_label);
        assert_eq!(wire::matrix("p", value, false).unwrap(), matrix);
        assert_eq!(wire::matrix("p", value, true).unwrap(), exploded_matrix);
    }
}

#[test]
fn a_form_has_the_style_of_each_field() {
    let body = json!({ "tags": ["a", "b"], "card": { "number": "4242" }, "absent": null });

    let pairs = wire::form_body(&body, &[("card", "deep_object")]).unwrap();

    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("tags", "a"), ("tags", "b"), ("card[number]", "4242")]);
}

#[test]
fn a_multipart_body_has_a_boundary_that_no_part_contains() {
    let mut body = multipart::Body::default();
    let file = multipart::File::new("part-boundary-0").name("a\"b.pdf").content_type("application/pdf");
    multipart::Part::add_to(&file, &mut body, "file", None).unwrap();
    body.value("kind", &"pdf", None).unwrap();
    body.value("absent", &None::<String>, None).unwrap();

    let (content_type, body) = body.finish("multipart/form-data");

    assert_eq!(content_type, "multipart/form-data; boundary=part-boundary-1");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "--part-boundary-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\nContent-Type: \
         application/pdf\r\n\r\npart-boundary-0\r\n--part-boundary-1\r\nContent-Disposition: form-data; \
         name=\"kind\"\r\n\r\npdf\r\n--part-boundary-1--\r\n"
    );
}

#[test]
fn a_file_does_not_print_its_content() {
    let file = multipart::File::new("a passport");
    assert_eq!(format!("{file:?}"), "File { bytes: 10, .. }");
}

#[test]
fn a_content_type_with_a_line_break_is_refused() {
    let mut body = multipart::Body::default();
    let file = multipart::File::new("a").content_type("a/b\r\nX: y");
    assert!(multipart::Part::add_to(&file, &mut body, "file", None).is_err());
}
