//! Makes the resources that open an application to the outside, checks what somebody else wrote, and
//! writes all of it as YAML: `cargo run -p mainsheet-crds --example open_to_the_world`.
//!
//! With a client the types work as any others of `kube`: `Api::<Gateway>::namespaced(client, "shop")`.

use std::io::Write;

use mainsheet_crds::istio::networking::Destination;
use mainsheet_crds::istio::networking::gateway::{GatewaySpec, Server, ServerPort};
use mainsheet_crds::istio::networking::virtual_service::{
    HttpRoute, HttpRouteDestination, VirtualServiceSpec,
};
use mainsheet_crds::istio::{Gateway, IstioKind, VirtualService};
use serde_json::json;

fn main() -> anyhow::Result<()> {
    let hosts = vec!["shop.example.com".to_owned()];
    let gateway = Gateway::new(
        "shop",
        GatewaySpec {
            selector: [("istio".to_owned(), "ingressgateway".to_owned())].into(),
            servers: vec![Server {
                hosts: hosts.clone(),
                port: ServerPort {
                    name: "http".into(),
                    number: 80,
                    protocol: "HTTP".into(),
                    ..ServerPort::default()
                },
                ..Server::default()
            }],
        },
    );
    let route = HttpRoute {
        route: vec![HttpRouteDestination {
            destination: Destination::host("shop"),
            ..HttpRouteDestination::default()
        }],
        ..HttpRoute::default()
    };
    let service = VirtualService::new(
        "shop",
        VirtualServiceSpec {
            hosts,
            gateways: vec!["shop".into()],
            http: vec![route],
            ..VirtualServiceSpec::default()
        },
    );

    // An object of an older version is read as well: all served versions have one shape.
    anyhow::ensure!(Gateway::SERVED.contains(&"v1beta1"));
    let older: Gateway = serde_json::from_value(json!({
        "apiVersion": "networking.istio.io/v1beta1", "kind": "Gateway",
        "metadata": { "name": "old" }, "spec": { "selector": { "istio": "ingressgateway" } },
    }))?;

    let mut out = std::io::stdout().lock();
    for document in [
        serde_saphyr::to_string(&gateway)?,
        serde_saphyr::to_string(&service)?,
        serde_saphyr::to_string(&older)?,
    ] {
        write!(out, "---\n{document}")?;
    }
    Ok(())
}
