//! An API server that knows a handful of answers, and writes down what it is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Folder, forward};

/// One answer: method and path with which a request begins, status code, bodies. More than one
/// body is a stream of watch events, which stays open.
#[derive(Clone)]
struct Answer {
    request: String,
    code: u16,
    bodies: Vec<Value>,
}

/// An API server on loopback.
pub(crate) struct Api {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// The answers of an API server to be.
#[derive(Default)]
pub(crate) struct Answers(Vec<Answer>, Vec<(String, String)>);

impl Answers {
    /// Answers requests that begin like this (`GET /version`) with an object.
    pub(crate) fn to(self, request: &str, body: Value) -> Self {
        self.with(request, 200, vec![body])
    }

    /// Refuses requests that begin like this.
    pub(crate) fn refuse(self, request: &str, code: u16, message: &str) -> Self {
        let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "metadata": {},
                            "code": code, "message": message, "reason": "Refused"});
        self.with(request, code, vec![status])
    }

    /// The MeshInstallations that are there, and the states that the last of them goes through.
    pub(crate) fn installations(self, there: &[Value], then: &[Value]) -> Self {
        let path = "/apis/mainsheet.dev/v1alpha1/meshinstallations";
        let events = then.iter().map(|object| match object {
            Value::Null => json!({"type": "DELETED", "object": there[0]}),
            object => json!({"type": "MODIFIED", "object": object}),
        });
        let list = json!({"apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallationList",
                          "metadata": {"resourceVersion": "1"}, "items": there});
        let mut events: Vec<Value> = events.collect();
        events.insert(
            0,
            json!({"type": "BOOKMARK", "object": {"apiVersion": "mainsheet.dev/v1alpha1",
            "kind": "MeshInstallation", "metadata": {"resourceVersion": "1"}}}),
        );
        let mut answers = self.with(&format!("GET {path}?&watch"), 200, events);
        for object in there {
            let name = object["metadata"]["name"].as_str().unwrap();
            answers = answers.to(&format!("GET {path}/{name}"), object.clone());
        }
        answers.to(&format!("GET {path}?"), list)
    }

    /// Forwards ports of a pod (`NAMESPACE/NAME`) to an address on this machine.
    pub(crate) fn forward(mut self, pod: &str, address: &str) -> Self {
        let (namespace, name) = pod.split_once('/').unwrap();
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/portforward");
        self.1.push((path, address.to_owned()));
        self
    }

    fn with(mut self, request: &str, code: u16, bodies: Vec<Value>) -> Self {
        self.0.push(Answer {
            request: request.to_owned(),
            code,
            bodies,
        });
        self
    }

    /// Starts the server, and writes a kubeconfig for it into the folder.
    pub(crate) fn serve(self, folder: &Folder) -> Api {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log) = (Arc::new(self.0), Arc::clone(&asked));
        let forwards = Arc::new(self.1);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                let forwards = Arc::clone(&forwards);
                std::thread::spawn(move || match forward::wanted(&stream, &forwards) {
                    Some(address) => forward::relay(stream, address),
                    None => converse(stream, &answers, &log),
                });
            }
        });
        folder.file("kubeconfig", kubeconfig(port));
        Api { port, asked }
    }
}

/// A kubeconfig for a server on loopback.
pub(crate) fn kubeconfig(port: u16) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "sea",
        "clusters": [{"name": "sea", "cluster": {"server": format!("http://127.0.0.1:{port}")}}],
        "users": [{"name": "eve", "user": {}}],
        "contexts": [{"name": "sea", "context": {"cluster": "sea", "user": "eve"}},
                     {"name": "lake", "context": {"cluster": "sea", "user": "eve"}}],
    })
    .to_string()
}

impl Api {
    /// What becomes of the command with these arguments, against this server.
    pub(crate) fn run(&self, folder: &Folder, arguments: &[&str]) -> String {
        let mut command = folder.command();
        command.args(arguments).args(["--kubeconfig", "kubeconfig"]);
        self.told(folder, &command.output().unwrap())
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The outcome as text, without the port.
    pub(crate) fn told(&self, folder: &Folder, output: &std::process::Output) -> String {
        folder.told(output).replace(&self.port.to_string(), "PORT")
    }

    /// What was asked that changes something: method, path and body.
    pub(crate) fn writes(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|request| !request.starts_with("GET"))
            .cloned()
            .collect()
    }
}

fn converse(mut stream: TcpStream, answers: &[Answer], log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    let mut length = 0;
    if reader.read_line(&mut head).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = head.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let body = String::from_utf8(body).unwrap();
    log.lock()
        .unwrap()
        .push(format!("{request} {body}").trim().to_owned());
    let missing = Answer {
        request: String::new(),
        code: 404,
        bodies: Vec::new(),
    };
    let answer = answers
        .iter()
        .find(|a| matches(&request, &a.request))
        .unwrap_or(&missing);
    write_answer(&mut stream, answer);
    if answer.bodies.len() > 1 {
        // A watch stays open until the client goes.
        let _ = reader.read(&mut [0]);
    }
}

/// Whether a request begins as the pattern says; `?&watch` in it stands for any watch.
fn matches(request: &str, pattern: &str) -> bool {
    match pattern.strip_suffix("?&watch") {
        Some(path) => request.starts_with(path) && request.contains("watch=true"),
        None => {
            request.starts_with(pattern.trim_end_matches('?')) && {
                let rest = &request[pattern.trim_end_matches('?').len()..];
                rest.is_empty() || rest.starts_with('?')
            }
        }
    }
}

fn write_answer(stream: &mut TcpStream, answer: &Answer) {
    let text = match answer.bodies.as_slice() {
        [] => "404 page not found\n".to_owned(),
        bodies => {
            let lines: Vec<String> = bodies.iter().map(ToString::to_string).collect();
            lines.join("\n") + "\n"
        }
    };
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n",
        answer.code
    );
    // The client may have gone already.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(text.as_bytes()));
}
