//! Ring 2: PromQL put to a server played here, which gives the documented answers of Prometheus' API
//! and those of servers that are no Prometheus.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mainsheet_core::analysis::{Judgement, judge};
use mainsheet_crds::installation::{PrometheusAnalysis, Query};
use mainsheet_operator::dataplane::measure;
use tokio::net::TcpListener;

/// Answers every request alike, and keeps what it was asked.
async fn server(code: u16, answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            let service = service_fn(move |request: Request<Incoming>| {
                let kept = Arc::clone(&kept);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let said = String::from_utf8_lossy(&body).into_owned();
                    kept.lock().unwrap().push(format!(
                        "{} {} {said}",
                        parts.method,
                        parts.uri.path()
                    ));
                    let mut response =
                        Response::new(Full::new(Bytes::from_static(answer.as_bytes())));
                    *response.status_mut() = code.try_into().unwrap();
                    Ok::<_, hyper::Error>(response)
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (address, asked)
}

fn questions(address: &str) -> PrometheusAnalysis {
    PrometheusAnalysis {
        address: address.to_owned(),
        queries: vec![Query {
            name: "errors".to_owned(),
            query: "sum(rate(x{code=~\"5..\"}[1m])) + 1".to_owned(),
            max: Some(0.01),
            min: None,
        }],
    }
}

async fn judged(address: &str) -> Judgement {
    judge(&measure(&questions(address)).await)
}

#[tokio::test]
async fn a_sample_is_held_against_the_bounds() {
    let answer = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1767225600.1,"0.5"]}]}}"#;
    let (address, asked) = server(200, answer).await;
    assert_eq!(
        judged(&address).await,
        Judgement::Failed("errors is 0.5, more than 0.01".to_owned())
    );
    let form = "query=sum%28rate%28x%7Bcode%3D%7E%225..%22%7D%5B1m%5D%29%29+%2B+1";
    assert_eq!(
        *asked.lock().unwrap(),
        [format!("POST /api/v1/query {form}")]
    );
}

#[tokio::test]
async fn a_server_may_live_under_a_path() {
    let (address, asked) = server(
        200,
        r#"{"status":"success","data":{"resultType":"scalar","result":[1,"0"]}}"#,
    )
    .await;
    assert_eq!(
        judged(&format!("{address}/select/0/prometheus/")).await,
        Judgement::Good
    );
    assert!(asked.lock().unwrap()[0].starts_with("POST /select/0/prometheus/api/v1/query "));
}

#[tokio::test]
async fn no_number_is_not_known_and_says_why() {
    let table = [
        (
            200,
            r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
            "no sample",
        ),
        (
            400,
            r#"{"status":"error","errorType":"bad_data","error":"parse error at char 5"}"#,
            "Prometheus answers bad_data: parse error at char 5",
        ),
        (
            404,
            "<html>busy</html>",
            "answers with HTTP 404 and nothing of Prometheus' API",
        ),
    ];
    for (code, answer, wanted) in table {
        let (address, _) = server(code, answer).await;
        let said = judged(&address).await;
        assert!(
            matches!(&said, Judgement::Unknown(why) if why.contains(wanted)),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_no_address_is_not_known_either() {
    // A port that was free a moment ago, and that nobody listens on.
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let said = judged(&format!("http://{free}")).await;
    assert!(
        matches!(&said, Judgement::Unknown(why) if why.contains("no answer from http://127.0.0.1")),
        "{said}"
    );
    for address in ["prometheus:9090/x y", "ftp://prometheus", "/prometheus"] {
        let said = judged(address).await.to_string();
        assert!(
            said.contains("spec.upgrade.dataPlane.analysis.prometheus.address: "),
            "{said}"
        );
    }
}
