//! The templates: Handlebars in strict mode, each compiled when it is first used.
//!
//! Values get in only through two helpers, which quote and escape, so that no value can break out
//! of its place: `json` writes any value, `text` writes its arguments, joined, as one string.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable,
};
use serde_json::Value;

use crate::yaml::quote;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        const SOURCES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../templates/", $name, ".yaml.hbs")))),+];
    };
}

// In the order in which a mesh asks for them, what few meshes have last.
templates! {
    "validating-webhook", "service-account", "role", "binding", "config-map", "istiod-service",
    "istiod", "autoscaler", "disruption-budget", "injection-webhooks", "gateway", "gateway-service",
    "addons/workload", "addons/service", "addons/grafana-datasources", "addons/grafana-providers",
    "addons/kiali", "addons/prometheus", "addons/telemetry", "namespace", "cni", "ztunnel",
    "resource-quota", "network-policy", "addons/jaeger", "addons/loki", "network-attachment",
    "admission-policy", "admission-policy-binding", "remote-service", "remote-endpoints",
}

/// A template, compiled at its first use: a command that renders one mesh uses half of them.
type Compiled = OnceLock<Result<Template, String>>;

/// A compiled template, as the pieces that it is rendered by, one after the other.
struct Template {
    registry: Handlebars<'static>,
    pieces: Vec<Piece<String>>,
}

/// A piece of a template: text without expressions, which Handlebars would read letter by letter, or
/// what it has to render.
#[derive(Debug, PartialEq, Eq)]
enum Piece<T> {
    Text(&'static str),
    Template(T),
}

/// From which length on text is a piece of its own, in bytes.
const TEXT: usize = 60;
/// From which length on a piece to render ends where it can, in bytes. Handlebars counts lines from
/// the beginning of what it compiles for every tag in it.
const PIECE: usize = 250;

fn compiled(name: &str) -> Option<&'static Compiled> {
    static ALL: OnceLock<BTreeMap<&'static str, Compiled>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        SOURCES
            .iter()
            .map(|(name, _)| (*name, Compiled::new()))
            .collect()
    });
    all.get(name)
}

/// Compiles templates until there is something better to do.
pub(crate) fn warm_up<T>(better: impl Fn() -> Option<T>) -> Option<T> {
    for (name, _) in SOURCES {
        let found = better();
        if found.is_some() {
            return found;
        }
        if let Some(compiled) = compiled(name) {
            compiled.get_or_init(|| compile(name));
        }
    }
    None
}

/// Why a template did not give an object.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is none of this name.
    #[error("no template {0}")]
    Missing(String),
    /// It does not compile.
    #[error("template {0} does not compile: {1}")]
    Compile(String, String),
    /// It asked for what is not there.
    #[error("template {0} cannot be rendered")]
    Render(String, #[source] Box<RenderError>),
    /// What it gave is not YAML.
    #[error("template {0} gave no valid YAML")]
    Parse(String, #[source] Box<serde_saphyr::Error>),
}

/// The object that a template gives for a view.
pub(crate) fn object(name: &str, view: Value) -> Result<Value, TemplateError> {
    let text = text(name, view)?;
    crate::parse::document(&text)
        .map_err(|error| TemplateError::Parse(name.to_owned(), Box::new(error)))
}

/// The text that a template gives for a view: a file in a ConfigMap.
pub(crate) fn text(name: &str, view: Value) -> Result<String, TemplateError> {
    let compiled = compiled(name).ok_or_else(|| TemplateError::Missing(name.to_owned()))?;
    let template = compiled
        .get_or_init(|| compile(name))
        .as_ref()
        .map_err(|why| TemplateError::Compile(name.to_owned(), why.clone()))?;
    let context = Context::from(view);
    let mut text = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Template(piece) => {
                let rendered = template.registry.render_with_context(piece, &context);
                let failed = |error| TemplateError::Render(name.to_owned(), Box::new(error));
                text.push_str(&rendered.map_err(failed)?);
            }
        }
    }
    Ok(text)
}

fn compile(name: &str) -> Result<Template, String> {
    let source = SOURCES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, text)| *text);
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    registry.register_helper("json", Box::new(write_json));
    registry.register_helper("text", Box::new(write_text));
    registry.register_helper("if", Box::new(When(true)));
    registry.register_helper("unless", Box::new(When(false)));
    let mut pieces = Vec::new();
    for (number, piece) in split(source).into_iter().enumerate() {
        pieces.push(match piece {
            Piece::Text(plain) => Piece::Text(plain),
            Piece::Template(source) => {
                let name = format!("{name}, piece {number}");
                registry
                    .register_template_string(&name, source)
                    .map_err(|error| error.to_string())?;
                Piece::Template(name)
            }
        });
    }
    Ok(Template { registry, pieces })
}

/// Cuts a template between lines, and only outside of blocks.
fn split(source: &'static str) -> Vec<Piece<&'static str>> {
    let mut pieces = Vec::new();
    // Where the piece to render begins, where the text after it does, and where the line ends.
    let (mut begin, mut text, mut end, mut depth) = (0, 0, 0, 0_usize);
    for line in source.split_inclusive('\n') {
        let start = end;
        end += line.len();
        depth += line.matches("{{#").count();
        depth = depth.saturating_sub(line.matches("{{/").count());
        if depth == 0 && !line.contains("{{") {
            continue;
        }
        if start.saturating_sub(text) >= TEXT {
            push(&mut pieces, &source[begin..text], Piece::Template);
            push(&mut pieces, &source[text..start], Piece::Text);
            begin = start;
        }
        if depth == 0 && end - begin >= PIECE {
            push(&mut pieces, &source[begin..end], Piece::Template);
            begin = end;
        }
        // Within a block no text is a piece of its own.
        text = if depth == 0 { end } else { source.len() };
    }
    let text = text.clamp(begin, end);
    push(&mut pieces, &source[begin..text], Piece::Template);
    push(&mut pieces, &source[text..], Piece::Text);
    pieces
}

fn push(
    pieces: &mut Vec<Piece<&'static str>>,
    source: &'static str,
    piece: fn(&'static str) -> Piece<&'static str>,
) {
    if !source.is_empty() {
        pieces.push(piece(source));
    }
}

/// `{{json value}}`
fn write_json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let mut text = String::new();
    flow(param(helper, 0)?, &mut text);
    Ok(out.write(&text)?)
}

/// `{{text part …}}`
fn write_text(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let mut joined = String::new();
    for index in 0..helper.params().len() {
        joined.push_str(&scalar(param(helper, index)?));
    }
    let mut text = String::new();
    quote(&joined, &mut text);
    Ok(out.write(&text)?)
}

/// `{{#if value}}`, which the built-in one would take for false where a value does not exist.
struct When(bool);

impl HelperDef for When {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let truthy = mainsheet_profiles::merge::truthy(Some(param(helper, 0)?));
        let branch = if truthy == self.0 {
            helper.template()
        } else {
            helper.inverse()
        };
        branch.map_or(Ok(()), |branch| branch.render(registry, context, rc, out))
    }
}

fn param<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a Value, RenderError> {
    let missing = |name: String| RenderErrorReason::MissingVariable(Some(name)).into();
    let param = helper
        .param(index)
        .ok_or_else(|| missing(helper.name().to_owned()))?;
    if param.is_value_missing() {
        let path = param.relative_path().cloned().unwrap_or_default();
        return Err(missing(path));
    }
    Ok(param.value())
}

/// A scalar as it stands in an environment variable or a name.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Writes a value on one line, as JSON that is YAML.
fn flow(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => quote(text, out),
        Value::Array(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                flow(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                quote(key, out);
                out.push_str(": ");
                flow(item, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_cut_between_lines_and_never_within_a_block() {
        const PLAIN: &str = "a: plain line that is long enough to be a piece of its own, is it\n";
        const SOURCE: &str = "a: plain line that is long enough to be a piece of its own, is it\n\
                              b: {{json b}}\nshort\n{{#if c}}\n\
                              a: plain line that is long enough to be a piece of its own, is it\n\
                              {{/if}}\nend\n";
        let (first, rest) = SOURCE.split_at(PLAIN.len());
        let rendered = rest.strip_suffix("end\n").unwrap();
        let wanted = [
            Piece::Text(first),
            Piece::Template(rendered),
            Piece::Text("end\n"),
        ];
        assert_eq!(split(SOURCE), wanted);
        for (name, source) in SOURCES {
            let whole: String = split(source)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) | Piece::Template(text) => text,
                })
                .collect();
            assert_eq!(whole, *source, "{name}");
        }
    }

    #[test]
    fn every_template_compiles() {
        for (name, _) in SOURCES {
            assert_eq!(compile(name).err(), None, "{name}");
        }
    }

    #[test]
    fn values_get_in_only_through_helpers() {
        let known = ["json ", "text ", "#if ", "#unless ", "#each ", "/", "else}"];
        for (name, source) in SOURCES {
            for expression in source.split("{{").skip(1) {
                let ok = known.iter().any(|start| expression.starts_with(start));
                assert!(
                    ok,
                    "{name}: {{{{{}",
                    expression.lines().next().unwrap_or_default()
                );
            }
        }
    }

    #[test]
    fn asking_for_what_does_not_exist_fails() {
        let error = object("namespace", json!({ "name": "x" })).expect_err("labels are missing");
        assert!(matches!(error, TemplateError::Render(..)), "{error}");
    }

    #[test]
    fn no_value_breaks_out_of_its_place() {
        for value in [
            "a: b",
            "x\n---\nkind: Secret",
            "{{ boo }}",
            "\"",
            "#",
            "\u{85}\u{2028}",
            "- x",
        ] {
            let view = json!({ "name": value, "labels": { value: value } });
            let object = object("namespace", view.clone()).expect(value);
            assert_eq!(object["metadata"], view, "{value:?}");
        }
    }
}
