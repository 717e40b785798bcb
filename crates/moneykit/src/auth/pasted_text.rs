//! Checks of settings that people copy and paste: invisible characters, quotation marks, variables that were not
//! expanded.

/// Returns the problem of a pasted text and its remedy, as a predicate of the setting. The message quotes nothing.
pub(crate) fn pasted_text_problem(text: &str) -> Option<&'static str> {
    if text.starts_with('\u{feff}') {
        Some("begins with a byte order mark (BOM); save its file as UTF-8 without a BOM")
    } else if text.contains(is_invisible) {
        Some("contains an invisible character, such as a zero-width space; copy it again, or type it")
    } else if is_quoted(text) {
        Some("is enclosed in quotation marks; remove them")
    } else if is_unexpanded_variable(text) {
        Some(
            "looks like the name of a variable that was not expanded (`$…`); check the tool that sets it, and that the \
             variable is set",
        )
    } else {
        None
    }
}

/// Returns true if a character is not displayed: those with the Unicode property `Default_Ignorable_Code_Point`, such as
/// zero-width spaces and joiners, the byte order mark, the soft hyphen, fillers, variation selectors, marks of the text's
/// direction and tags; and the marks of interlinear annotations.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_quoted(text: &str) -> bool {
    const QUOTES: [(char, char); 7] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];
    QUOTES.into_iter().any(|(open, close)| text.strip_prefix(open).is_some_and(|rest| rest.ends_with(close)))
}

/// Returns true for `${NAME}`, `${NAME:-default}`, `$(NAME)`, `{{ NAME }}`, `%NAME%` and `$SOME_NAME`.
fn is_unexpanded_variable(text: &str) -> bool {
    let between = |open, close| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    if let Some(inside) = between("${", "}") {
        return is_name(inside.split([':', '-', '+', '?', '=']).next().unwrap_or_default());
    }
    let enclosed = [between("$(", ")"), between("{{", "}}"), between("%", "%")];
    let is_enclosed = enclosed.into_iter().flatten().any(|name| is_name(name.trim()));
    // A secret may begin with a dollar sign. Names of variables are in upper case and have underscores.
    let is_bare = text.strip_prefix('$').is_some_and(|name| {
        is_name(name) && name.contains('_') && !name.contains(|c: char| c.is_ascii_lowercase())
    });
    is_enclosed || is_bare
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_with_something_around_it_is_named() {
        for (text, problem) in [
            ("\u{feff}pale", "byte order mark"),
            ("pa\u{feff}le", "invisible"),
            ("pale\u{200b}", "invisible"),
            ("pa\u{ad}le", "invisible"),
            ("pa\u{fe0f}le", "invisible"),
            ("pale\u{3164}", "invisible"),
            ("pale\u{e0100}", "invisible"),
            ("\u{2066}pale\u{2069}", "invisible"),
            ("\"pale\"", "quotation marks"),
            ("'pale'", "quotation marks"),
            ("“pale”", "quotation marks"),
            ("`pale`", "quotation marks"),
            ("${PALE}", "not expanded"),
            ("${pale:-default}", "not expanded"),
            ("$(PALE)", "not expanded"),
            ("{{ pale.secret }}", "not expanded"),
            ("%PALE_SECRET%", "not expanded"),
            ("$PALE_SECRET", "not expanded"),
        ] {
            let found = pasted_text_problem(text).unwrap_or_default();
            assert!(found.contains(problem), "{text:?}: {found}");
            assert!(!found.to_lowercase().contains("pale"), "{found}");
        }
    }

    #[test]
    fn other_texts_are_accepted() {
        for text in [
            "",
            "\"",
            "'",
            "pa\"le",
            "\"pale",
            "it's",
            "$ecret",
            "$PALE",
            "$$",
            "${}",
            "pa${LE",
            "%20%",
            "%",
            "a%B%",
            "{}",
            "pässwörd→日本",
            "🔑",
            "s3cret",
        ] {
            assert_eq!(pasted_text_problem(text), None, "{text:?}");
        }
    }
}
