//! Formats JSON text for people without changing a value: numbers keep their digits, and objects their order.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use moneykit_contract::is_control;
use serde::de::IgnoredAny;

/// Formats JSON with line breaks, and with styles if it is in color. Returns `None` if the text is not JSON.
pub(crate) fn pretty(text: &str, in_color: bool) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut formatter = Formatter { rest: text.trim_start(), output: String::new(), depth: 0, in_color };
    while formatter.step().is_some() {}
    formatter.output.push('\n');
    Some(formatter.output)
}

/// Writes a valid text token by token.
struct Formatter<'a> {
    rest: &'a str,
    output: String,
    depth: usize,
    in_color: bool,
}

const KEY: Style = AnsiColor::Blue.on_default().bold();
const TEXT: Style = AnsiColor::Green.on_default();
const LITERAL: Style = AnsiColor::Yellow.on_default();

impl<'a> Formatter<'a> {
    /// Writes the next token; returns `None` at the end.
    fn step(&mut self) -> Option<()> {
        let first = self.rest.chars().next()?;
        match first {
            '{' | '[' => {
                self.take(1);
                self.output.push(first);
                if self.rest.starts_with(['}', ']']) {
                    let end = self.take(1);
                    self.output.push_str(end);
                } else {
                    self.depth += 1;
                    self.line_break();
                }
            }
            '}' | ']' => {
                self.take(1);
                self.depth = self.depth.saturating_sub(1);
                self.line_break();
                self.output.push(first);
            }
            ',' => {
                self.take(1);
                self.output.push(',');
                self.line_break();
            }
            ':' => {
                self.take(1);
                self.output.push_str(": ");
            }
            '"' => {
                let text = self.take(string_length(self.rest));
                let style = if self.rest.starts_with(':') { KEY } else { TEXT };
                self.styled(style, &escape(text));
            }
            _ => {
                let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | '}' | ']' | ':');
                let literal = self.take(self.rest.find(is_end).unwrap_or(self.rest.len()));
                self.styled(LITERAL, literal);
            }
        }
        Some(())
    }

    /// Takes a part of the text, and the white space after it.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest.trim_start();
        taken
    }

    fn line_break(&mut self) {
        self.output.push('\n');
        self.output.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn styled(&mut self, style: Style, text: &str) {
        if self.in_color {
            // Writing to a text cannot fail.
            let _ = write!(self.output, "{style}{text}{style:#}");
        } else {
            self.output.push_str(text);
        }
    }
}

/// Returns the length of the string that a text begins with, including its quotation marks.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Escapes what a terminal may interpret, as JSON does.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_order_and_escapes_are_kept() {
        let text = r#" {"b":1.10,"a":[ ],"n":123456789012345678901234567890,"s":"a\"b,{\\", "o" : {} ,"l":[1,null,true]} "#;
        let expected = "{\n  \"b\": 1.10,\n  \"a\": [],\n  \"n\": 123456789012345678901234567890,\n  \
                        \"s\": \"a\\\"b,{\\\\\",\n  \"o\": {},\n  \"l\": [\n    1,\n    null,\n    true\n  ]\n}\n";
        assert_eq!(pretty(text, false).unwrap(), expected);
    }

    #[test]
    fn the_formatted_text_has_the_same_value() {
        for text in ["1", "\"a\"", "[]", "{}", "null", "[[],[{}]]", r#"{"a":{"b":[1,{"c":"d"}]}}"#] {
            let pretty = pretty(text, false).unwrap();
            let values = [text, &pretty].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
            assert_eq!(values[0], values[1], "{pretty}");
        }
    }

    #[test]
    fn colors_distinguish_keys_and_texts() {
        let colored = pretty(r#"{"a":"b"}"#, true).unwrap();
        assert!(colored.contains(&format!("{KEY}\"a\"{KEY:#}: {TEXT}\"b\"{TEXT:#}")), "{colored:?}");
    }

    #[test]
    fn what_a_terminal_may_interpret_is_escaped() {
        assert_eq!(pretty("\"\u{9b}2J\u{202e}\"", false).unwrap(), "\"\\u009b2J\\u202e\"\n");
    }

    #[test]
    fn other_text_is_not_formatted() {
        for text in ["", "{", "<html>", "{\"a\":1} x", "\"a"] {
            assert_eq!(pretty(text, false), None, "{text}");
        }
    }
}
