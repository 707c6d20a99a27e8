//! A provider as a backend has it, on hyper and rustls. It is told where APNs is and how to sign, and knows nothing of tests;
//! what is trusted is what the system trusts (`SSL_CERT_FILE`).
//!
//! Not on the crate a2: its endpoint is an enum of Apple's two hosts and its trusted roots are compiled in, so it can be
//! pointed at nothing else.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::Engine;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Method, Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, ECDSA_P256_SHA256_FIXED_SIGNING};
use rustls::pki_types::ServerName;
use serde_json::{json, Value};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

const TOPIC: &str = "com.example.scores";

pub type Problem = Box<dyn std::error::Error + Send + Sync>;

pub struct Where {
    pub url: String,
    pub manage_url: String,
    pub key_pem: String,
    pub key_id: String,
    pub team_id: String,
}

pub struct Answer {
    pub status: u16,
    pub reason: Option<String>,
    pub channel: Option<String>,
}

pub struct Scores {
    place: Where,
    key: EcdsaKeyPair,
    tls: TlsConnector,
    /// The connection for pushes, kept until the server says goodbye.
    open: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Scores {
    pub fn new(place: Where) -> Result<Self, Problem> {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // A system may hold certificates that rustls has no use for.
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let text: String = place
            .key_pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &STANDARD.decode(text)?, &SystemRandom::new())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            place,
            key,
            tls: TlsConnector::from(Arc::new(config)),
            open: Mutex::new(None),
        })
    }

    pub async fn goal(&self, device: &str, text: &str) -> Result<Answer, Problem> {
        let uri = format!("{}/3/device/{device}", self.place.url);
        let headers = [("apns-topic", TOPIC), ("apns-push-type", "alert")];
        self.push(&uri, &headers, json!({"aps": {"alert": text}})).await
    }

    pub async fn broadcast(&self, channel: &str, home: u32, away: u32) -> Result<Answer, Problem> {
        let uri = format!("{}/4/broadcasts/apps/{TOPIC}", self.place.url);
        let headers = [
            ("apns-channel-id", channel),
            ("apns-push-type", "liveactivity"),
            ("apns-priority", "10"),
            ("apns-expiration", "0"),
        ];
        let state = json!({"home": home, "away": away});
        let body = json!({"aps": {"event": "update", "timestamp": now(), "content-state": state}});
        self.push(&uri, &headers, body).await
    }

    pub async fn open_channel(&self) -> Result<Answer, Problem> {
        let body = json!({"message-storage-policy": 1, "push-type": "LiveActivity"});
        self.manage(Method::POST, &[], Some(body)).await
    }

    pub async fn close_channel(&self, channel: &str) -> Result<Answer, Problem> {
        self.manage(Method::DELETE, &[("apns-channel-id", channel)], None).await
    }

    async fn push(&self, uri: &str, headers: &[(&str, &str)], body: Value) -> Result<Answer, Problem> {
        let mut open = self.open.lock().await;
        // After a GOAWAY hyper calls the connection closed; the next request needs another.
        let mut sender = match open.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.connect(uri).await?,
        };
        let answer = self.ask(&mut sender, Method::POST, uri, headers, Some(body)).await;
        *open = Some(sender);
        answer
    }

    async fn manage(&self, method: Method, headers: &[(&str, &str)], body: Option<Value>) -> Result<Answer, Problem> {
        let uri = format!("{}/1/apps/{TOPIC}/channels", self.place.manage_url);
        let mut sender = self.connect(&uri).await?;
        self.ask(&mut sender, method, &uri, headers, body).await
    }

    async fn connect(&self, uri: &str) -> Result<SendRequest<Full<Bytes>>, Problem> {
        let uri: Uri = uri.parse()?;
        let host = uri.host().ok_or("no host")?;
        let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await?;
        tcp.set_nodelay(true)?;
        let tls = self.tls.connect(ServerName::try_from(host.to_owned())?, tcp).await?;
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await?;
        tokio::spawn(connection);
        sender.ready().await?;
        Ok(sender)
    }

    async fn ask(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, Problem> {
        let mut request = Request::builder().method(method).uri(uri);
        request = request.header("authorization", format!("bearer {}", self.token()?));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let content = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let response = sender.send_request(request.body(Full::new(content))?).await?;
        let (head, content) = response.into_parts();
        let content = content.collect().await?.to_bytes();
        let said: Value = serde_json::from_slice(&content).unwrap_or(Value::Null);
        Ok(Answer {
            status: head.status.as_u16(),
            reason: said["reason"].as_str().map(str::to_owned),
            channel: head
                .headers
                .get("apns-channel-id")
                .and_then(|id| id.to_str().ok())
                .map(str::to_owned),
        })
    }

    fn token(&self) -> Result<String, Problem> {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({"alg": "ES256", "kid": self.place.key_id}));
        let text = format!("{header}.{}", part(json!({"iss": self.place.team_id, "iat": now()})));
        let signature = self
            .key
            .sign(&SystemRandom::new(), text.as_bytes())
            .map_err(|error| error.to_string())?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
