//! A made corpus: secrets of many kinds in the places where people leave them, and what is like them and none. Drawn by a
//! seed at run time, so that nothing that looks like a secret lies in this repository.

use fastrand::Rng;

/// A text, and the secret in it, if there is one.
pub struct Case {
    pub kind: &'static str,
    pub text: String,
    pub secret: Option<String>,
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const WORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const WORDS: [&str; 28] = [
    "account", "river", "window", "garden", "silver", "market", "customer", "order", "invoice", "planet",
    "coffee", "tiger", "summer", "dragon", "winter", "request", "response", "session", "cache", "worker",
    "buffer", "stream", "parser", "handler", "service", "profile", "payment", "message",
];

fn drawn(rng: &mut Rng, from: &str, length: usize) -> String {
    (0..length).map(|_| char::from(from.as_bytes()[rng.usize(..from.len())])).collect()
}

fn word(rng: &mut Rng) -> &'static str {
    WORDS[rng.usize(..WORDS.len())]
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn one<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Thirty characters with their checksum, as GitHub and npm have them.
pub fn summed(rng: &mut Rng) -> String {
    let random = drawn(rng, WORD, 30);
    let mut sum = crc32(random.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".as_bytes()[(sum % 62) as usize],
        );
        sum /= 62;
    }
    digits.iter().rev().fold(random, |text, digit| text + &char::from(*digit).to_string())
}

fn encoded(text: &str, padded: bool) -> String {
    let signs = if padded {
        BASE64.as_bytes()
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    };
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(signs[(bits >> (18 - 6 * at) & 63) as usize]));
            } else if padded {
                out.push('=');
            }
        }
    }
    out
}

/// A word or two, some digits, a sign: what people choose.
fn chosen(rng: &mut Rng) -> String {
    let sign = one(rng, &["!", "#", "$", "&", "?", "_", "-", "@"]);
    let number = rng.u32(10..9999);
    match rng.u8(..3) {
        0 => format!("{}{sign}{number}", capital(word(rng))),
        1 => format!("{}{}{number}{sign}", capital(word(rng)), capital(word(rng))),
        _ => format!("{}{number}{}", word(rng), capital(word(rng))),
    }
}

fn web_token(rng: &mut Rng) -> String {
    let header = encoded(
        one(rng, &[r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"RS256","kid":"7","typ":"JWT"}"#]),
        false,
    );
    let claims = encoded(
        &format!(r#"{{"sub":"{}","iat":{}}}"#, drawn(rng, HEX, 12), rng.u32(1_600_000_000..1_800_000_000)),
        false,
    );
    format!("{header}.{claims}.{}", drawn(rng, URL, 43))
}

/// The base 64 of a key, in lines.
fn key_lines(rng: &mut Rng, lines: usize) -> String {
    let mut text = String::from("MII");
    for line in 0..lines {
        let length = if line == 0 { 61 } else { 64 };
        text += &drawn(rng, BASE64, length);
        text.push('\n');
    }
    text + &drawn(rng, BASE64, 30) + "=="
}

/// A token of a known form.
pub fn token(rng: &mut Rng) -> String {
    let digits = |rng: &mut Rng| drawn(rng, "123456789", 12);
    match rng.u8(..26) {
        0..=3 => format!("{}{}", one(rng, &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]), summed(rng)),
        4 => format!("npm_{}", summed(rng)),
        5 => format!("github_pat_{}_{}", drawn(rng, WORD, 22), drawn(rng, WORD, 59)),
        6 => format!("glpat-{}", drawn(rng, URL, 19) + &drawn(rng, WORD, 1)),
        7 | 8 => format!("{}{}", one(rng, &["AKIA", "ASIA"]), drawn(rng, BASE32, 16)),
        9 => format!(
            "{}{}-{}-{}",
            one(rng, &["xoxb-", "xoxp-"]),
            digits(rng),
            digits(rng),
            drawn(rng, WORD, 24)
        ),
        10 => format!(
            "https://hooks.slack.com/services/T{}/B{}/{}",
            drawn(rng, BASE32, 9),
            drawn(rng, BASE32, 9),
            drawn(rng, WORD, 24)
        ),
        11 | 12 => format!("{}{}", one(rng, &["sk_live_", "rk_live_"]), drawn(rng, WORD, 24)),
        13 => format!("AIza{}", drawn(rng, URL, 34) + &drawn(rng, WORD, 1)),
        14 => format!("GOCSPX-{}", drawn(rng, URL, 27) + &drawn(rng, WORD, 1)),
        15 => format!("sk-ant-api03-{}AA", drawn(rng, URL, 93)),
        16 => format!("sk-proj-{}", drawn(rng, WORD, 48)),
        17 => format!("hf_{}", drawn(rng, WORD, 34)),
        18 => format!("pypi-AgEIcHlwaS5vcmc{}", drawn(rng, WORD, 120)),
        19 => format!("SG.{}.{}", drawn(rng, WORD, 22), drawn(rng, WORD, 43)),
        20 => format!("dop_v1_{}", drawn(rng, HEX, 64)),
        21 => format!("{}{}", one(rng, &["shpat_", "dapi"]), drawn(rng, HEX, 32)),
        22 => format!("dckr_pat_{}", drawn(rng, WORD, 27)),
        23 => format!("lin_api_{}", drawn(rng, WORD, 40)),
        24 => format!("hvs.{}", drawn(rng, WORD, 24)),
        _ => web_token(rng),
    }
}

/// What stands around a value whose name says nothing.
fn anywhere(rng: &mut Rng, value: &str) -> String {
    let name = word(rng);
    match rng.u8(..8) {
        0 => format!("    let {name} = \"{value}\";\n"),
        1 => format!("{name}: {value}\n"),
        2 => format!("# see {value} for now\n"),
        3 => format!("  \"{name}\": \"{value}\",\n"),
        4 => format!("client.connect('{value}', retries=3)\n"),
        5 => format!("export {}={value}\n", name.to_uppercase()),
        6 => format!("println!(\"{name} {value}\\n\");\n"),
        _ => format!("curl -H \"X-{}: {value}\" https://api.internal/{name}\n", capital(name)),
    }
}

/// What stands around a value whose name tells.
fn named(rng: &mut Rng, names: &[&str], value: &str) -> String {
    let name = one(rng, names).to_owned();
    let prefix = word(rng);
    let (upper, snake) = (format!("{prefix}_{name}").to_uppercase(), format!("{prefix}_{name}"));
    match rng.u8(..18) {
        0 => format!("const {upper}: &str = \"{value}\";\n"),
        1 => format!("    let {snake} = \"{value}\";\n"),
        2 => format!("{snake} = '{value}'\n"),
        3 => format!("{upper}={value}\n"),
        4 => format!("export {upper}=\"{value}\"\n"),
        5 => format!("  \"{snake}\": \"{value}\",\n"),
        6 => format!("  {name}: \"{value}\"\n"),
        7 => format!("const config = {{ {name}: '{value}', retries: 3 }};\n"),
        8 => format!("    private static final String {upper} = \"{value}\";\n"),
        9 => format!("ENV {upper}=\"{value}\"\n"),
        10 => format!("#define {upper} \"{value}\"\n"),
        11 => format!("define('{upper}', '{value}');\n"),
        12 => format!("  <{name}>{value}</{name}>\n"),
        13 => format!("<add key=\"{snake}\" value=\"{value}\" />\n"),
        14 => format!("os.environ[\"{upper}\"] = \"{value}\"\n"),
        15 => format!("  {name}: string = \"{value}\";\n"),
        16 => format!("tool deploy --{} '{value}' --force\n", name.replace('_', "-")),
        _ => format!("{snake} := \"{value}\"\n"),
    }
}

const DRAWN_NAMES: [&str; 9] = [
    "api_key",
    "secret",
    "token",
    "access_key",
    "client_secret",
    "auth_token",
    "signing_key",
    "secret_key",
    "private_key",
];
const PASSWORD_NAMES: [&str; 4] = ["password", "passwd", "db_password", "pwd"];

pub fn positive(rng: &mut Rng) -> Case {
    let case = |kind, text, secret: &str| Case { kind, text, secret: Some(secret.to_owned()) };
    match rng.u8(..20) {
        0..=7 => {
            let token = token(rng);
            case("token of a known form", anywhere(rng, &token), &token)
        }
        8..=11 => {
            let length = rng.usize(20..48);
            let value = match rng.u8(..4) {
                0 => drawn(rng, HEX, 32),
                1 => drawn(rng, HEX, 64),
                2 => drawn(rng, BASE64, 40),
                _ => drawn(rng, WORD, length),
            };
            case("drawn value under a telling name", named(rng, &DRAWN_NAMES, &value), &value)
        }
        12 | 13 => {
            let length = rng.usize(12..24);
            let value = if rng.bool() { drawn(rng, WORD, length) } else { chosen(rng) };
            // Without quotes a chosen one ends a line of a shell or of YAML in ways that mean something else.
            let text = loop {
                let text = named(rng, &PASSWORD_NAMES, &value);
                if text.contains(&format!("\"{value}\"")) || text.contains(&format!("'{value}'")) {
                    break text;
                }
            };
            case("password under a telling name", text, &value)
        }
        14 | 15 => {
            let length = rng.usize(10..20);
            let password =
                if rng.bool() { drawn(rng, WORD, length) } else { chosen(rng).replace(['@', '#', '?'], "!") };
            let scheme =
                one(rng, &["postgres", "postgresql", "mysql", "mongodb+srv", "redis", "amqp", "https"]);
            let url =
                format!("{scheme}://{}:{password}@{}.internal:5432/{}", word(rng), word(rng), word(rng));
            case("password in an address", anywhere(rng, &url), &password)
        }
        16 => {
            let key = key_lines(rng, 12);
            let kind = one(rng, &["RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "]);
            let text = format!("-----BEGIN {kind}PRIVATE KEY-----\n{key}\n-----END {kind}PRIVATE KEY-----\n");
            if rng.bool() {
                case("private key", text, &key)
            } else {
                let key = key.replace('\n', "\\n");
                case("private key", format!("  \"key\": \"{}\",\n", text.replace('\n', "\\n")), &key)
            }
        }
        17 => {
            let token = drawn(rng, WORD, 40);
            case("header", format!("    headers = {{\"Authorization\": \"Bearer {token}\"}}\n"), &token)
        }
        18 => {
            let pair = encoded(&format!("{}:{}", word(rng), chosen(rng)), true);
            case("header", format!("curl -H 'Authorization: Basic {pair}' https://api.internal/\n"), &pair)
        }
        _ => {
            let key = drawn(rng, BASE64, 86) + "==";
            let name = one(rng, &["connection", "storage", "url"]);
            let text = format!(
                "{name} = \"DefaultEndpointsProtocol=https;AccountName={};AccountKey={key};EndpointSuffix=core.windows.net\"\n",
                word(rng)
            );
            case("key of an account", text, &key)
        }
    }
}

pub fn negative(rng: &mut Rng) -> Case {
    let uuid = |rng: &mut Rng| {
        let part = |rng: &mut Rng, length| drawn(rng, HEX, length);
        format!("{}-{}-4{}-a{}-{}", part(rng, 8), part(rng, 4), part(rng, 3), part(rng, 3), part(rng, 12))
    };
    let camel = |rng: &mut Rng| format!("{}{}{}", word(rng), capital(word(rng)), capital(word(rng)));
    let (kind, text): (&'static str, String) = match rng.u8(..34) {
        0 => ("uuid", {
            let id = uuid(rng);
            anywhere(rng, &id)
        }),
        1 => ("uuid under a telling name", {
            let id = uuid(rng);
            named(rng, &["token_id", "secret_id", "api_key", "session_token"], &id)
        }),
        2 => ("commit", format!("  \"{}\": {{ \"rev\": \"{}\" }},\n", word(rng), drawn(rng, HEX, 40))),
        3 => ("checksum", format!("checksum = \"{}\"\n", drawn(rng, HEX, 64))),
        4 => (
            "checksum",
            named(
                rng,
                &["token_hash", "secret_digest", "password_hash", "api_key_sha256"],
                &drawn(&mut rng.clone(), HEX, 64),
            ),
        ),
        5 => ("integrity", format!("      \"integrity\": \"sha512-{}==\",\n", drawn(rng, BASE64, 86))),
        6 => (
            "base 64 of an asset",
            format!("background: url(data:image/png;base64,iVBORw0KGgo{});\n", drawn(rng, BASE64, 400)),
        ),
        7 => (
            "base 64 of an asset",
            format!("const {}: &str = \"{}\";\n", word(rng).to_uppercase(), drawn(rng, BASE64, 300)),
        ),
        8 => (
            "prose",
            format!(
                "/// The {} of a {} asks for a token and a password, whose secret is the {}.\n",
                word(rng),
                word(rng),
                word(rng)
            ),
        ),
        9 => ("prose", format!("\"password\": \"Enter the password of your {} here\",\n", word(rng))),
        10 => ("name as a value", {
            let value = camel(rng);
            named(rng, &DRAWN_NAMES, &value)
        }),
        11 => ("name as a value", {
            let value = format!(
                "{}-{}-{}-v{}",
                word(rng),
                word(rng),
                one(rng, &["secret", "token", "key"]),
                rng.u8(1..9)
            );
            named(rng, &DRAWN_NAMES, &value)
        }),
        12 => ("name as a value", {
            let value = format!("{}_{}", word(rng), word(rng)).to_uppercase();
            named(rng, &PASSWORD_NAMES, &value)
        }),
        13 => (
            "looked up",
            format!("{}_token = os.environ[\"{}_TOKEN\"]\n", word(rng), word(rng).to_uppercase()),
        ),
        14 => (
            "looked up",
            format!(
                "const apiKey = process.env.{}_API_KEY || get{}Token2(config);\n",
                word(rng).to_uppercase(),
                capital(word(rng))
            ),
        ),
        15 => {
            ("looked up", format!("password: ${{{{ secrets.{}_PASSWORD_1 }}}}\n", word(rng).to_uppercase()))
        }
        16 => ("placeholder", {
            let value = one(
                rng,
                &[
                    "your-api-key-goes-here-123",
                    "YOUR_API_KEY_1",
                    "xxxxxxxxxxxxxxxxxxxx1234",
                    "<insert-token-1-here>",
                    "changeme123456",
                    "${API_TOKEN_V2}",
                    "{{ vault.token1 }}",
                    "example-token-1a2b3c4d5e6f",
                    "dummy1234567890abcdef",
                ],
            )
            .to_owned();
            named(rng, &DRAWN_NAMES, &value)
        }),
        17 => ("test key", {
            let value =
                format!("{}{}", one(rng, &["sk_test_", "pk_test_", "pk_live_"]), drawn(rng, WORD, 24));
            anywhere(rng, &value)
        }),
        18 => ("test key", {
            let value =
                format!("{}{}", one(rng, &["sk_test_", "pk_test_", "pk_live_"]), drawn(rng, WORD, 24));
            named(rng, &["token", "api_key"], &value)
        }),
        19 => ("key of the documentation", {
            let value = format!("AKIA{}EXAMPLE", drawn(rng, BASE32, 9));
            anywhere(rng, &value)
        }),
        20 => ("wrong checksum", {
            let value = format!("{}{}", one(rng, &["ghp_", "gho_", "npm_"]), drawn(rng, WORD, 36));
            anywhere(rng, &value)
        }),
        21 => (
            "public key",
            format!(
                "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{} {}@{}\n",
                drawn(rng, BASE64, 300),
                word(rng),
                word(rng)
            ),
        ),
        22 => ("public key", {
            let key = key_lines(rng, 6);
            let kind = one(rng, &["CERTIFICATE", "PUBLIC KEY"]);
            format!("-----BEGIN {kind}-----\n{key}\n-----END {kind}-----\n")
        }),
        23 => (
            "address",
            format!(
                "DATABASE_URL=\"postgres://{}:{}@localhost:5432/{}\"\n",
                one(rng, &["user", "postgres"]),
                one(
                    rng,
                    &["password", "postgres", "<password>", "${DB_PASSWORD}", "$PASSWORD", "{password}"]
                ),
                word(rng)
            ),
        ),
        24 => (
            "address",
            format!(
                "fetch(\"https://{}.example.org/{}/{}?page={}\")\n",
                word(rng),
                word(rng),
                drawn(rng, WORD, 22),
                rng.u8(..)
            ),
        ),
        25 => (
            "code",
            format!(
                "    let token = self.{}.next_token({}2)?.with_kind(TokenKind::{});\n",
                word(rng),
                word(rng),
                capital(word(rng))
            ),
        ),
        26 => (
            "code",
            format!(
                "if token.kind == \"{}\" && password.len() >= {} {{ return Err(Secret::{}); }}\n",
                word(rng),
                rng.u8(8..64),
                capital(word(rng))
            ),
        ),
        27 => (
            "code",
            format!(
                "var a=function(t,e){{return t.{}(e.token,n[{}])}},r=\"{}\";\n",
                word(rng),
                rng.u8(..),
                drawn(rng, LOWER, 6)
            ),
        ),
        28 => ("pattern", "const PASSWORD = /^(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9!@#$%]{8,64}$/;\n".to_owned()),
        29 => (
            "built file",
            format!("<script src=\"/assets/{}-{}.js\" nonce=\"\"></script>\n", word(rng), drawn(rng, URL, 8)),
        ),
        30 => (
            "numbers",
            format!(
                "{}: [{}, {}, {}.{}, 978{}],\n",
                word(rng),
                rng.u64(..),
                rng.u32(..),
                rng.u16(..),
                rng.u32(..),
                drawn(rng, "0123456789", 10)
            ),
        ),
        31 => ("token of jwt.io", {
            let header = encoded(r#"{"alg":"HS256","typ":"JWT"}"#, false);
            let claims = encoded(r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#, false);
            let value = format!("{header}.{claims}.{}", drawn(rng, URL, 43));
            anywhere(rng, &value)
        }),
        32 => ("where a secret is", {
            let value = one(
                rng,
                &[
                    "/run/secrets/db_password_1",
                    "./keys/token2.pem",
                    "https://auth.internal/oauth2/token",
                    "arn:aws:secretsmanager:eu-west-1:1:secret/db2",
                    "vault:secret/data/db2#key1",
                    "projects/p1/secrets/db2/versions/3",
                ],
            )
            .to_owned();
            named(rng, &["secret", "token_url", "password_file", "client_secret", "token"], &value)
        }),
        _ => (
            "type of a token",
            format!(
                "  token_type: \"{}\",\n  grant: \"urn:ietf:params:oauth:grant-type:jwt-bearer\",\n",
                one(rng, &["Bearer", "bearer", "mac-sha-256"])
            ),
        ),
    };
    Case { kind, text, secret: None }
}
