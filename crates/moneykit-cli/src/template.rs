//! The option `--template`: a text in which `{{path}}` stands for a value of the response.

use serde_json::Value;

/// Fills in a template. Returns what is wrong if a value is missing, or if the template is malformed.
///
/// A path consists of keys and indexes that are separated by dots: `accounts.0.name`. The path `.` is the whole response.
pub(crate) fn render(template: &str, response: &Value) -> Result<String, String> {
    let mut output = String::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("{{") {
        let (path, after) = after.split_once("}}").ok_or("a `{{` has no `}}`; close it")?;
        output.push_str(&unescape(text));
        output.push_str(&text_of(find(response, path.trim())?));
        rest = after;
    }
    output.push_str(&unescape(rest));
    Ok(output)
}

fn find<'a>(response: &'a Value, path: &str) -> Result<&'a Value, String> {
    let mut value = response;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        let found = match value {
            Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => value.get(key),
        };
        value = found.ok_or_else(|| {
            format!(
                "the response has no value `{path}`: there is no `{key}`; run without --template to see it"
            )
        })?;
    }
    Ok(value)
}

/// Returns a text as it is, and other values as JSON.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Replaces `\n` and `\t`, which are hard to type in a shell.
fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_name_keys_and_indexes() {
        let response =
            json!({"id": "lnk_1", "accounts": [{"name": "Checking", "balance": 1.5}], "none": null});
        for (template, expected) in [
            ("{{id}}", "lnk_1"),
            ("{{ .id }}\\t{{accounts.0.name}}\\n", "lnk_1\tChecking\n"),
            (
                "{{accounts.0.balance}} {{none}} {{accounts}}",
                "1.5 null [{\"name\":\"Checking\",\"balance\":1.5}]",
            ),
            ("plain }}", "plain }}"),
        ] {
            assert_eq!(render(template, &response).unwrap(), expected, "{template}");
        }
        for (template, expected) in [
            ("{{name}}", "no value `name`"),
            ("{{accounts.1}}", "no `1`"),
            ("{{accounts.name}}", "no `name`"),
            ("{{id", "close it"),
        ] {
            let problem = render(template, &response).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
