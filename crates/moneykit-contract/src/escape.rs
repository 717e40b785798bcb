//! Text from documents in reports: it must not control the terminal of the reader.

use std::fmt::{self, Write};

/// Displays text with its control characters escaped: `\u{1b}` for ESC.
///
/// A document's author chooses its names and texts. On a terminal, control characters move the cursor, set the title or
/// hide text, and characters that change the direction of text make a line read as another one. Line breaks and tabs
/// are escaped as well, so that a text stays within its line.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<T>(pub T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper { out: f, keeps_lines: false }, "{}", self.0)
    }
}

/// Displays text of several lines with its control characters escaped, except for line breaks and tabs.
#[derive(Debug, Clone, Copy)]
pub struct EscapedLines<T>(pub T);

impl<T: fmt::Display> fmt::Display for EscapedLines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper { out: f, keeps_lines: true }, "{}", self.0)
    }
}

/// Escapes what is written, and passes it on.
struct Escaper<'f, 'g> {
    out: &'f mut fmt::Formatter<'g>,
    keeps_lines: bool,
}

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        let is_unsafe = |character: char| {
            is_control(character) && !(self.keeps_lines && matches!(character, '\n' | '\t'))
        };
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_unsafe(*character)) {
            self.out.write_str(&rest[..at])?;
            write!(self.out, "{}", character.escape_default())?;
            rest = &rest[at + character.len_utf8()..];
        }
        self.out.write_str(rest)
    }
}

/// Returns true for characters that control a terminal or the direction of text, or that end a line.
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}' | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_all_other_text_is_kept() {
        for (text, expected) in [
            ("Überweisung → 5 €", "Überweisung → 5 €"),
            ("a\u{1b}]0;title\u{7}b", "a\\u{1b}]0;title\\u{7}b"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
        ] {
            assert_eq!(Escaped(text).to_string(), expected);
        }
        assert_eq!(EscapedLines("a\n\tb\r\n\u{1b}c").to_string(), "a\n\tb\\r\n\\u{1b}c");
    }
}
