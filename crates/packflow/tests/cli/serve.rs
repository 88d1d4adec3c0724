//! `packflow serve`, as a service manager sees it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Place, repository};

/// A served process that ends with this value.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    /// Starts it on a free port and waits until it says where it listens.
    fn start(place: &Place, database: &str) -> Self {
        Self::start_with(place, &["--database", database])
    }

    fn start_with(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("no address in {line}"));
        let address = rest.split_whitespace().next().unwrap().to_owned();
        Self { process, address }
    }

    /// Asks for a page; the status line and the body.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &reqwest::Response) -> String {
    let set = answer.headers().get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
    let pairs = set.map(|set| set.split(';').next().unwrap()).filter(|pair| !pair.ends_with('='));
    pairs.collect::<Vec<_>>().join("; ")
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_begins_with_a_login_where_that_is_configured() {
    let place = Place::new();
    let simulator = simulator::Simulator::start(simulator::SimulatorConfig::default()).await.unwrap();
    let (secret, token) =
        (place.file("secret", "simulated-client-secret"), place.file("token", "simulated-github-token"));
    let github = simulator.github_url();
    let configuration = format!(
        "[server]\nreading = \"login\"\n[[forge]]\nkind = \"github\"\napi_url = {github:?}\nweb_url = {github:?}\n\
         token_file = {token:?}\nwebhook_secret_file = {token:?}\nclient_id = \"simulated-client-id\"\nclient_secret_file = {secret:?}\n"
    );
    let configuration = place.file("packflow.toml", configuration);
    let served = Served::start_with(&place, &["--config", &configuration, "--database", &place.database()]);
    let ours = format!("http://{}", served.address);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = async |url: String, cookie: &str| http.get(url).header("Cookie", cookie).send().await.unwrap();

    let visit = get(format!("{ours}/"), "").await;
    assert_eq!((visit.status().as_u16(), location(&visit).as_str()), (303, "/login?return=%2F"));
    let begun = get(format!("{ours}{}", location(&visit)), "").await;
    let at_github = get(format!("{}&login=alice", location(&begun)), "").await;
    let back = get(location(&at_github), &cookies(&begun)).await;
    assert_eq!((back.status().as_u16(), location(&back).as_str()), (303, "/"));
    let page = get(format!("{ours}/"), &cookies(&back)).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("alice"));
    simulator.stop().await;
}

on_both_databases! {
    /// The API tells what the command line tells, and a service manager's SIGTERM is a clean end.
    async fn the_api_tells_what_show_tells(database: TestDatabase) {
        let place = Place::new();
        let package = place.file("package.yaml", "specfile_path: a.spec\njobs:\n  - {job: copr_build, trigger: pull_request, targets: [fedora-42]}\n");
        let deliveries = repository("examples/deliveries");
        place.run(&["replay", &deliveries, "--config", &package, "--database", database.url()]).ok();
        let mut served = Served::start(&place, database.url());
        let (status, body) = served.get("/api/v1/events/1/workflow");
        assert!(status.ends_with("200 OK"), "{status}");
        let shown = place.run(&["show", "1", "--json", "--database", database.url()]).json();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), shown);
        let (status, page) = served.get("/events/1");
        assert!(status.ends_with("200 OK") && page.contains("fedora-42-x86_64"), "{status} {page}");

        let address = served.address.clone();
        let taken = place.run(&["serve", "--listen", &address, "--database", database.url()]);
        assert_eq!(taken.code, 2);
        assert!(taken.stderr.contains(&format!("cannot listen on {address}")), "{}", taken.stderr);

        let process = served.process.id().to_string();
        assert!(Command::new("kill").arg(process).status().unwrap().success());
        assert_eq!(served.process.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn it_says_where_it_listens_where_that_is_not_its_public_address() {
    let place = Place::new();
    let configuration =
        place.file("packflow.toml", "[server]\npublic_url = \"https://packflow.example.org\"\n");
    let arguments =
        ["serve", "--listen", "127.0.0.1:0", "--config", &configuration, "--database", &place.database()];
    let mut process = place.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(
        line.starts_with("packflow serves https://packflow.example.org with the database sqlite://"),
        "{line}"
    );
    assert!(line.contains(" at 127.0.0.1:"), "{line}");
}

#[test]
fn a_worker_without_a_build_system_says_so() {
    let place = Place::new();
    let answer = place.run(&["worker", "--database", &place.database()]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no build system is configured"), "{}", answer.stderr);
}

on_both_databases! {
    /// Each instance plans what is its own alone, so the other's events would come to nothing.
    async fn a_database_serves_the_instance_that_it_began_with(database: TestDatabase) {
        let place = Place::new();
        drop(Served::start(&place, database.url()));
        drop(Served::start(&place, database.url()));
        let key = place.file("key", "a key");
        let farm = place.file("packflow.toml", format!("[testing_farm]\napi_key_file = {key:?}\n"));
        let common = ["--config", farm.as_str(), "--database", database.url()];
        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["worker"]] {
            let refused = place.run_with(&[command, &common].concat(), &[("PACKFLOW_INSTANCE", "stg")]);
            assert_eq!(refused.code, 2, "{refused:?}");
            let (told, way_out) = ("of the instance `prod`", "UPDATE installation SET instance = 'stg'");
            assert!(refused.stderr.contains(told) && refused.stderr.contains(way_out), "{}", refused.stderr);
        }
        let doctor = place.run_with(&["doctor", "--database", database.url()], &[("PACKFLOW_INSTANCE", "stg")]);
        assert_eq!(doctor.code, 1, "{doctor:?}");
        assert!(doctor.stdout.contains("WRONG   instance: "), "{}", doctor.stdout);
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        let kept = store::installation::get(&db).await.unwrap().and_then(|kept| kept.instance);
        assert_eq!(kept.map(|instance| instance.to_string()).as_deref(), Some("prod"), "who was refused changed nothing");
    }
}
