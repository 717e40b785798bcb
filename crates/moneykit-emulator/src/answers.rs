//! Answers that were prepared for the rest of the API.

use std::fmt;
use std::io;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;

/// What some requests are answered, each known by its method and its path.
pub(crate) struct Answers(Vec<Answer>);

/// One answer, checked.
struct Answer {
    method: Method,
    path: String,
    status: StatusCode,
    body: String,
}

/// An answer as it was handed to the builder, not checked yet.
#[derive(Clone)]
pub(crate) struct Preparation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) json: String,
}

impl Answers {
    /// Checks what was prepared: [`io::ErrorKind::InvalidInput`] for an answer that nobody could ever get.
    pub(crate) fn prepare(preparations: Vec<Preparation>) -> io::Result<Self> {
        let mut answers = Self(Vec::new());
        for preparation in preparations {
            let name = format!("the answer to {} {}", preparation.method, preparation.path);
            let answer = preparation.check().map_err(|why| invalid(format!("{name}: {why}")))?;
            if answers.find(&answer.method, &answer.path).is_some() {
                return Err(invalid(format!("{name} is given twice; give each answer once")));
            }
            answers.0.push(answer);
        }
        Ok(answers)
    }

    /// Returns the answer to a request, if one was prepared for it.
    pub(crate) fn to(&self, method: &Method, path: &str) -> Option<Response> {
        self.find(method, path).map(Answer::response)
    }

    fn find(&self, method: &Method, path: &str) -> Option<&Answer> {
        self.0.iter().find(|answer| answer.method == *method && answer.path == path)
    }
}

impl Answer {
    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        if !self.body.is_empty() {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}

impl Preparation {
    fn check(self) -> Result<Answer, &'static str> {
        let Self { method, path, status, json } = self;
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| "this is not a method; use one such as GET, in capitals")?;
        let parsed = path.parse::<PathAndQuery>();
        if !path.starts_with('/') || !parsed.is_ok_and(|parsed| parsed.path() == path) {
            return Err(
                "give a path as it travels, percent-encoded: it begins with a slash and has no query",
            );
        }
        if path == "/auth/token" {
            return Err("the token endpoint has answers of its own; prepare those of other paths");
        }
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()))
            .ok_or("the status must be between 200 and 599")?;
        if !json.is_empty() {
            if [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
                return Err("an answer with this status has no body; leave it empty");
            }
            // Not quoted: it may be long, or somebody's secret.
            serde_json::from_str::<Value>(&json)
                .map_err(|_| "the body is not JSON; mend it, or leave it empty for an answer without one")?;
        }
        Ok(Answer { method, path, status, body: json })
    }
}

impl fmt::Debug for Preparation {
    // Without the body, which may hold somebody's secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preparation")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preparation(method: &str, path: &str, status: u16, json: &str) -> Preparation {
        Preparation { method: method.to_owned(), path: path.to_owned(), status, json: json.to_owned() }
    }

    #[test]
    fn an_answer_is_found_by_its_method_and_its_whole_path() {
        let answers = Answers::prepare(vec![
            preparation("GET", "/links/a%2Fb", 200, "{}"),
            preparation("DELETE", "/links/a%2Fb", 204, ""),
        ])
        .unwrap();

        for (method, path, expected) in [
            (Method::GET, "/links/a%2Fb", Some(200)),
            (Method::DELETE, "/links/a%2Fb", Some(204)),
            (Method::POST, "/links/a%2Fb", None),
            (Method::GET, "/links/a/b", None),
            (Method::GET, "/links", None),
        ] {
            let status = answers.to(&method, path).map(|answer| answer.status().as_u16());
            assert_eq!(status, expected, "{method} {path}");
        }
    }

    #[test]
    fn refuses_answers_that_nobody_could_get() {
        for (prepared, expected) in [
            (preparation("G T", "/links", 200, "{}"), "not a method"),
            (preparation("", "/links", 200, "{}"), "not a method"),
            (preparation("GET", "links", 200, "{}"), "begins with a slash"),
            (preparation("GET", "", 200, "{}"), "begins with a slash"),
            (preparation("GET", "/links?page=2", 200, "{}"), "has no query"),
            (preparation("GET", "/links#top", 200, "{}"), "has no query"),
            (preparation("GET", "/links of mine", 200, "{}"), "percent-encoded"),
            (preparation("POST", "/auth/token", 201, "{}"), "token endpoint"),
            (preparation("GET", "/links", 100, ""), "between 200 and 599"),
            (preparation("GET", "/links", 600, ""), "between 200 and 599"),
            (preparation("GET", "/links", 204, "{}"), "has no body"),
            (preparation("GET", "/links", 200, "{pale"), "not JSON"),
        ] {
            let shown = format!("{prepared:?}");
            let error = Answers::prepare(vec![prepared]).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error} {shown}").contains("pale"), "{error} {shown}");
        }
        let one = || preparation("GET", "/links", 200, "{}");
        let error = Answers::prepare(vec![one(), one()]).err().unwrap();
        assert!(error.to_string().contains("given twice"), "{error}");
    }
}
