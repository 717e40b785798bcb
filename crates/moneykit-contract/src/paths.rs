//! The paths of operations, which match regardless of the names of path parameters.

use std::collections::HashMap;

/// Returns a path with the name of each path parameter removed: `/links/{}` for `/links/{id}`.
pub(crate) fn pattern(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        pattern.push_str(before);
        pattern.push_str("{}");
        rest = after;
    }
    pattern + rest
}

/// Returns the names of the path parameters, in the order of the path.
pub(crate) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// An operation, as the matching of two documents sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) id: Option<&'a str>,
}

/// Decides whether two operations match.
type Criterion = dyn Fn(&Endpoint<'_>, &Endpoint<'_>) -> bool;

/// Returns for each operation of `ours` the index of the same operation in `theirs`: the one with the same path, or
/// else one whose path differs in parameter names only.
///
/// Several paths can differ in parameter names only. Of these, the one with the same `operationId` is preferred, and
/// each operation is matched once.
pub(crate) fn matches(ours: &[Endpoint<'_>], theirs: &[Endpoint<'_>]) -> Vec<Option<usize>> {
    let mut by_pattern: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    for (index, endpoint) in theirs.iter().enumerate() {
        by_pattern.entry((pattern(endpoint.path), endpoint.method)).or_default().push(index);
    }
    let mut found = vec![None; ours.len()];
    let mut taken = vec![false; theirs.len()];
    let is_same_path = |our: &Endpoint<'_>, their: &Endpoint<'_>| our.path == their.path;
    let has_same_id = |our: &Endpoint<'_>, their: &Endpoint<'_>| our.id.is_some() && our.id == their.id;
    let criteria: [&Criterion; 3] = [&is_same_path, &has_same_id, &|_, _| true];
    for is_match in criteria {
        for (our, found) in ours.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            let candidates = by_pattern.get(&(pattern(our.path), our.method)).into_iter().flatten();
            *found = candidates.copied().find(|index| !taken[*index] && is_match(our, &theirs[*index]));
            if let Some(index) = *found {
                taken[index] = true;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_regardless_of_parameter_names() {
        assert_eq!(pattern("/links/{id}/accounts/{account}"), pattern("/links/{link_id}/accounts/{a}"));
        assert_ne!(pattern("/links/{id}"), pattern("/links/id"));
        assert_ne!(pattern("/links/{id}.json"), pattern("/links/{id}"));
        assert_eq!(parameters("/links/{id}/accounts/{account}").collect::<Vec<_>>(), ["id", "account"]);
    }

    #[test]
    fn each_operation_is_matched_once_and_with_the_closest() {
        let endpoint = |path, id| Endpoint { path, method: "get", id: Some(id) };
        let ours = [endpoint("/f/{id}", "by_id"), endpoint("/f/{name}", "by_name"), endpoint("/g", "g")];

        for (theirs, expected) in [
            (vec![endpoint("/f/{id}", "by_id"), endpoint("/f/{name}", "by_name")], [Some(0), Some(1), None]),
            (vec![endpoint("/f/{name}", "other"), endpoint("/f/{id}", "by_id")], [Some(1), Some(0), None]),
            (vec![endpoint("/f/{a}", "by_name"), endpoint("/f/{b}", "by_id")], [Some(1), Some(0), None]),
            (vec![endpoint("/f/{a}", "a"), endpoint("/g", "h")], [Some(0), None, Some(1)]),
        ] {
            assert_eq!(matches(&ours, &theirs), expected, "{theirs:?}");
        }
    }
}
