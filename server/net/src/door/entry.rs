//! Who is let in: whoever names this machine as the host, is no page in a browser, and shows the token.

use super::answer::Refusal;
use super::request::Request;

/// What is asked, by method and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Completions,
    Infill,
    Completion,
    Chat,
    Models,
    Health,
    Metrics,
}

const ROUTES: [(&str, &str, Route); 9] = [
    ("POST", "/v1/completions", Route::Completions),
    ("POST", "/infill", Route::Infill),
    ("POST", "/completion", Route::Completion),
    ("POST", "/v1/chat/completions", Route::Chat),
    ("GET", "/v1/models", Route::Models),
    ("GET", "/health", Route::Health),
    ("GET", "/v1/health", Route::Health),
    ("GET", "/metrics", Route::Metrics),
    ("GET", "/models", Route::Models),
];

pub struct Entry {
    pub port: u16,
    pub token: String,
    pub metrics: bool,
}

impl Entry {
    /// What a request is for.
    ///
    /// # Errors
    /// It may not come in, or asks for nothing that there is.
    pub fn admit(&self, request: &Request) -> Result<Route, Refusal> {
        // A page that had its name led here (DNS rebinding) names that name.
        let host = request.only("host").map(str::to_ascii_lowercase);
        let host = host.ok_or_else(|| Refusal::new(400, "the request must name its host, once"))?;
        let names = ["127.0.0.1", "localhost", "[::1]"];
        if !names.iter().any(|name| host == format!("{name}:{}", self.port)) {
            return Err(Refusal::new(
                403,
                format!("this door is for http://127.0.0.1:{} of this machine only", self.port),
            ));
        }
        if request.header("origin").is_some() || request.header("sec-fetch-site").is_some() {
            return Err(Refusal::new(403, "pages in a browser are not let in"));
        }
        let known = |(_, path, route): &&(_, &str, Route)| {
            *path == request.path && (self.metrics || *route != Route::Metrics)
        };
        let mut at_path = ROUTES.iter().filter(known).peekable();
        if at_path.peek().is_none() {
            let all =
                "POST /v1/completions, /infill, /completion, /v1/chat/completions; GET /v1/models, /health";
            return Err(Refusal::new(404, format!("there is no {}; there are: {all}", request.path)));
        }
        let route = at_path.find(|(method, ..)| *method == request.method).map(|(.., route)| *route);
        let route = route.ok_or_else(|| {
            Refusal::new(405, format!("{} is not asked for by {}", request.path, request.method))
        })?;
        // That it is there says nothing.
        if route != Route::Health {
            self.check(request.only("authorization"))?;
        }
        Ok(route)
    }

    fn check(&self, shown: Option<&str>) -> Result<(), Refusal> {
        let shown = shown.and_then(|shown| shown.split_once(' '));
        let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let is_right = shown.is_some_and(|(_, token)| is_same(token.trim(), &self.token));
        let told = "this door opens to `Authorization: Bearer TOKEN`; the token was printed when the door was opened, and lies in \
                    its file";
        if is_right { Ok(()) } else { Err(Refusal::new(401, told)) }
    }
}

/// In a time that does not tell how far they are the same.
fn is_same(shown: &str, token: &str) -> bool {
    let (shown, token) = (shown.as_bytes(), token.as_bytes());
    let differ = shown.iter().zip(token).fold(0, |differ, (one, other)| differ | (one ^ other));
    shown.len() == token.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_same_or_not() {
        for (shown, expected) in [("abc", true), ("abd", false), ("ab", false), ("abcd", false), ("", false)]
        {
            assert_eq!(is_same(shown, "abc"), expected, "{shown}");
        }
    }
}
