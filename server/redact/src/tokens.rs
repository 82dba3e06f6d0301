//! Tokens that their makers gave a form: how each begins, of what and how long it is, and what else has to be right.

use crate::Secret;
use crate::bytes::{Alphabet, base62, base64, crc32};
use crate::random::{is_example, is_varied};
use Alphabet::{Base32, Base64, Hex, Url, Word};

pub(crate) struct Form {
    pub start: &'static str,
    alphabet: Alphabet,
    /// Bytes behind the start.
    least: usize,
    most: usize,
    what: &'static str,
    check: Check,
}

/// What has to be right besides the form, of what stands behind the start.
type Check = fn(&str) -> bool;

const fn form(
    start: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
    what: &'static str,
    check: Check,
) -> Form {
    Form { start, alphabet, least, most, what, check }
}

pub(crate) static FORMS: &[Form] = &[
    form("ghp_", Word, 36, 36, "a GitHub token", checksum),
    form("gho_", Word, 36, 36, "a GitHub token", checksum),
    form("ghu_", Word, 36, 36, "a GitHub token", checksum),
    form("ghs_", Word, 36, 36, "a GitHub token", checksum),
    form("ghr_", Word, 36, 36, "a GitHub token", checksum),
    form("npm_", Word, 36, 36, "an npm token", checksum),
    form("github_pat_", Url, 82, 82, "a GitHub token", parted),
    form("glpat-", Url, 20, 52, "a GitLab token", any),
    form("glptt-", Hex, 40, 40, "a GitLab token", any),
    form("gldt-", Url, 20, 52, "a GitLab token", any),
    form("glrt-", Url, 20, 52, "a GitLab token", any),
    form("AKIA", Base32, 16, 16, "an AWS access key", any),
    form("ASIA", Base32, 16, 16, "an AWS access key", any),
    form("xoxb-", Url, 24, 120, "a Slack token", numbered),
    form("xoxp-", Url, 24, 120, "a Slack token", numbered),
    form("xoxa-", Url, 24, 120, "a Slack token", numbered),
    form("xoxr-", Url, 24, 120, "a Slack token", numbered),
    form("xoxs-", Url, 24, 120, "a Slack token", numbered),
    form("xapp-", Url, 40, 160, "a Slack token", numbered),
    form("https://hooks.slack.com/services/", Base64, 40, 60, "a Slack address", webhook),
    form("sk_live_", Word, 24, 128, "a Stripe key", any),
    form("rk_live_", Word, 24, 128, "a Stripe key", any),
    form("whsec_", Base64, 32, 64, "a Stripe key", any),
    form("AIza", Url, 35, 35, "a Google key", any),
    form("GOCSPX-", Url, 28, 28, "a Google secret", any),
    form("ya29.", Url, 40, 400, "a Google token", any),
    form("sk-ant-", Url, 80, 130, "an Anthropic key", any),
    form("sk-proj-", Url, 40, 180, "an OpenAI key", any),
    form("sk-svcacct-", Url, 40, 180, "an OpenAI key", any),
    form("hf_", Word, 34, 34, "a Hugging Face token", any),
    form("pypi-AgEIcHlwaS5vcmc", Url, 50, 260, "a PyPI token", any),
    form("SG.", Base64, 66, 66, "a SendGrid key", |rest| rest.as_bytes().get(22) == Some(&b'.')),
    form("dop_v1_", Hex, 64, 64, "a DigitalOcean token", any),
    form("doo_v1_", Hex, 64, 64, "a DigitalOcean token", any),
    form("dckr_pat_", Url, 27, 40, "a Docker token", any),
    form("shpat_", Hex, 32, 32, "a Shopify token", any),
    form("shpss_", Hex, 32, 32, "a Shopify secret", any),
    form("dapi", Hex, 32, 32, "a Databricks token", any),
    form("hvs.", Url, 24, 120, "a Vault token", any),
    form("lin_api_", Word, 40, 40, "a Linear key", any),
    form("glsa_", Url, 41, 41, "a Grafana token", |rest| rest.as_bytes().get(32) == Some(&b'_')),
    form("dp.pt.", Word, 40, 44, "a Doppler token", any),
    form("pscale_tkn_", Base64, 32, 64, "a PlanetScale token", any),
    form("AGE-SECRET-KEY-1", Word, 58, 58, "an age key", any),
    form("ATATT3", Base64, 180, 220, "an Atlassian token", any),
    form("sq0csp-", Url, 43, 43, "a Square secret", any),
    form("rubygems_", Hex, 48, 48, "a RubyGems key", any),
    form("cio", Word, 32, 32, "a crates.io token", |rest| rest.bytes().any(|byte| byte.is_ascii_digit())),
    form("NRAK-", Word, 27, 27, "a New Relic key", any),
    form("EAACEdEose0cBA", Word, 20, 200, "a Facebook token", any),
    form("eyJ", Base64, 60, 4096, "a JSON web token", web_token),
];

impl Form {
    /// The token that begins with this form's start at `at`, if it is one.
    pub fn at(&self, text: &str, at: usize) -> Option<Secret> {
        let rest = text.get(at..)?.strip_prefix(self.start)?;
        // Within a longer word it is none, but for escapes such as `\n` before it.
        let before = text.as_bytes().get(..at).and_then(<[u8]>::last);
        if before.is_some_and(u8::is_ascii_alphanumeric)
            && !["\\n", "\\t", "\\r"].iter().any(|escape| text[..at].ends_with(escape))
        {
            return None;
        }
        let mut length = self.alphabet.run(rest.as_bytes(), self.most + 1);
        // A sentence's end belongs to none.
        while length > self.least && matches!(rest.as_bytes().get(length - 1), Some(b'.' | b'/' | b'-')) {
            length -= 1;
        }
        let token = rest.get(..length)?;
        let fits = (self.least..=self.most).contains(&length) && is_varied(token) && !is_example(token);
        (fits && (self.check)(token))
            .then(|| Secret { range: at..at + self.start.len() + length, what: self.what.into() })
    }
}

fn any(_: &str) -> bool {
    true
}

/// The last six characters are the CRC-32 of those before, in base 62.
fn checksum(token: &str) -> bool {
    token.split_at_checked(30).is_some_and(|(random, sum)| base62(crc32(random.as_bytes()), 6) == sum)
}

/// A fine-grained token: 22 characters, a bar, 59 more.
fn parted(token: &str) -> bool {
    token.split_once('_').is_some_and(|(first, rest)| first.len() == 22 && rest.len() == 59)
}

/// The first part behind the kind is a number.
fn numbered(token: &str) -> bool {
    let first = token.split('-').next().unwrap_or_default();
    !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit())
}

fn webhook(token: &str) -> bool {
    let parts: Vec<&str> = token.split('/').collect();
    matches!(parts.as_slice(), [team, hook, secret] if team.starts_with('T') && hook.starts_with('B') && secret.len() == 24)
}

/// A header that names an algorithm, something, a signature. What jwt.io shows to everybody is none.
fn web_token(token: &str) -> bool {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let decoded = |text: &str| base64(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let header = decoded(&format!("eyJ{header}"));
    let shown =
        decoded(claims).is_some_and(|claims| claims.contains("1234567890") || claims.contains("John Doe"));
    parts.next().is_none()
        && signature.len() >= 20
        && !shown
        && header.is_some_and(|header| header.contains("\"alg\""))
}
