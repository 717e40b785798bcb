//! The path templates of an OpenAPI document, such as `/links/{link_id}` and `/files/{name}.json`.

use crate::session::stubs::percent_decode_path;

/// A path template.
#[derive(Clone, Debug)]
pub(super) struct PathTemplate(Vec<Segment>);

/// A segment, in which literals and parameters alternate: `literals[0] {names[0]} literals[1] …`.
#[derive(Clone, Debug)]
struct Segment {
    literals: Vec<String>,
    names: Vec<String>,
}

impl PathTemplate {
    /// Returns `None` if the template is invalid.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let segments = template.strip_prefix('/')?.split('/').map(Segment::parse);
        segments.collect::<Option<_>>().map(Self)
    }

    /// Returns the decoded parameters of a path, or `None` if it does not match.
    pub(super) fn parameters(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        if segments.len() != self.0.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (template, segment) in self.0.iter().zip(segments) {
            template.match_into(segment, &mut parameters)?;
        }
        Some(parameters)
    }

    /// Returns true if a path may match both this template and the pattern of a stub.
    pub(super) fn overlaps(&self, pattern: &str) -> bool {
        let mut segments = pattern.strip_prefix('/').unwrap_or(pattern).split('/').peekable();
        for template in &self.0 {
            match segments.next() {
                Some("*") if segments.peek().is_none() => return true,
                Some(segment) if segment.starts_with('{') => {}
                Some(segment) if template.match_into(segment, &mut Vec::new()).is_some() => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }

    /// Sorts literal segments before parameters, as OpenAPI requires: `/links/mine` before `/links/{link_id}`.
    pub(super) fn sort_key(&self) -> Vec<bool> {
        self.0.iter().map(|segment| !segment.names.is_empty()).collect()
    }
}

impl Segment {
    fn parse(mut text: &str) -> Option<Self> {
        let (mut literals, mut names) = (Vec::new(), Vec::new());
        while let Some((literal, rest)) = text.split_once('{') {
            let (name, rest) = rest.split_once('}')?;
            if name.is_empty() || name.contains('{') || literal.contains('}') {
                return None;
            }
            literals.push(percent_decode_path(literal));
            names.push(name.to_owned());
            text = rest;
        }
        if text.contains('}') {
            return None;
        }
        literals.push(percent_decode_path(text));
        Some(Self { literals, names })
    }

    /// Adds the parameters of a segment. A parameter is not empty, and ends where the next literal first occurs.
    fn match_into<'s>(&'s self, segment: &str, parameters: &mut Vec<(&'s str, String)>) -> Option<()> {
        let decoded = percent_decode_path(segment);
        let (first, literals) = self.literals.split_first()?;
        let mut rest = decoded.strip_prefix(&**first)?;
        for (index, (name, literal)) in self.names.iter().zip(literals).enumerate() {
            let is_last = index + 1 == self.names.len();
            let value = if is_last { rest.strip_suffix(&**literal)? } else { rest.split_once(&**literal)?.0 };
            if value.is_empty() {
                return None;
            }
            parameters.push((name, value.to_owned()));
            rest = &rest[value.len() + literal.len()..];
        }
        rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_templates_and_yield_decoded_parameters() {
        for (template, path, expected) in [
            ("/", "/", Some(vec![])),
            ("/links", "/links", Some(vec![])),
            ("/links", "/links/", None),
            ("/links/{id}", "/links/a%2Fb+c", Some(vec![("id", "a/b+c")])),
            ("/a+b:%40/{id}", "/a%2Bb%3A@/1", Some(vec![("id", "1")])),
            ("/links/{id}", "/links/", None),
            ("/links/{id}/sync", "/links/a/sync", Some(vec![("id", "a")])),
            ("/files/{name}.json", "/files/a.b.json", Some(vec![("name", "a.b")])),
            ("/files/{name}.json", "/files/.json", None),
            ("/{a}-{b}", "/1-2-3", Some(vec![("a", "1"), ("b", "2-3")])),
        ] {
            let parsed = PathTemplate::parse(template).unwrap();
            let expected: Option<Vec<_>> = expected
                .map(|pairs| pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect());
            assert_eq!(parsed.parameters(path), expected, "{template} {path}");
        }
        for template in ["links", "/{}", "/{a", "/a}", "/{a}}"] {
            assert!(PathTemplate::parse(template).is_none(), "{template}");
        }
    }

    #[test]
    fn a_pattern_overlaps_if_a_path_can_match_both() {
        let template = PathTemplate::parse("/links/{id}/sync").unwrap();
        for pattern in ["/links/a/sync", "/{any}/{id}/{what}", "/links/*", "/*", "/links/a/*"] {
            assert!(template.overlaps(pattern), "{pattern}");
        }
        for pattern in ["/links/a", "/links/a/b", "/links/a/sync/c", "/accounts/*"] {
            assert!(!template.overlaps(pattern), "{pattern}");
        }
    }
}
