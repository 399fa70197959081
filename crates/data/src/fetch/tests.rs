//! Tests with a server on this machine that fails as a script says.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use md5::{Digest, Md5};
use zip::write::SimpleFileOptions;

use super::*;

/// What the server does with one request.
#[derive(Clone, Copy)]
enum Act {
    /// Answers properly, ranges included.
    Serve,
    /// Announces everything, sends this many bytes and hangs up.
    CutAfter(usize),
    /// Answers with this status and no file.
    Status(u16),
    /// Sends the whole file whatever was asked.
    IgnoreRange,
    /// Answers a range with another one, from byte 0.
    WrongRange,
}

/// A request: its path, and the first byte it asks for.
type Request = (String, Option<usize>);

/// A server of one file under every path; `acts` are its answers, in order.
struct Server {
    url: String,
    /// The requests so far.
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start(content: Vec<u8>, acts: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (thread_log, acts) = (Arc::clone(&log), acts.to_vec());
        thread::spawn(move || {
            for act in acts {
                let (stream, _) = listener.accept().unwrap();
                answer(stream, &content, act, &thread_log);
            }
        });
        Self { url, log }
    }

    fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    fn ranges(&self) -> Vec<Option<usize>> {
        self.requests().into_iter().map(|(_, range)| range).collect()
    }
}

fn answer(mut stream: TcpStream, content: &[u8], act: Act, log: &Mutex<Vec<Request>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let mut range = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(start) = line.to_lowercase().strip_prefix("range: bytes=") {
            range = Some(start.trim_end_matches('-').parse::<usize>().unwrap());
        }
    }
    log.lock().unwrap().push((path, range));
    let total = content.len();
    let (status, start) = match (act, range) {
        (Act::Status(status), _) => (status, total),
        (Act::WrongRange, Some(_)) => (206, 0),
        (Act::IgnoreRange | Act::WrongRange, _) | (_, None) => (200, 0),
        (_, Some(start)) if start < total => (206, start),
        _ => (416, total),
    };
    let body = &content[start..];
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    if status == 206 {
        head += &format!("Content-Range: bytes {start}-{}/{total}\r\n", total - 1);
    }
    let sent = if let Act::CutAfter(bytes) = act { &body[..bytes] } else { body };
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
}

fn md5(bytes: &[u8]) -> &'static str {
    let digest: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digest.leak()
}

fn content() -> Vec<u8> {
    (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
}

fn dataset(file_md5: &'static str, members: &'static [&'static str]) -> Dataset {
    let files: &'static [RemoteFile] = vec![RemoteFile { name: "file.gz", md5: file_md5 }].leak();
    Dataset { folder: "set", files, members, ..DATASETS[0] }
}

struct Outcome {
    result: Result<Vec<PathBuf>, DataError>,
    progress: Vec<Progress>,
}

fn run(dir: &Path, url: &str, dataset: &Dataset) -> Outcome {
    let mut progress = Vec::new();
    let result =
        fetch_dataset(dataset, dir, Some(url), &Client::local(), &mut |state| progress.push(state.clone()));
    Outcome { result, progress }
}

/// Runs a fetch of the test content against `acts`, with `part` bytes of it already there.
fn run_acts(acts: &[Act], part: usize) -> (tempfile::TempDir, Server, Outcome) {
    let dir = tempfile::tempdir().unwrap();
    let content = content();
    fs::create_dir(dir.path().join("set")).unwrap();
    if part > 0 {
        fs::write(dir.path().join("set/file.gz.part"), &content[..part]).unwrap();
    }
    let set = dataset(md5(&content), &[]);
    let server = Server::start(content, acts);
    let outcome = run(dir.path(), &server.url, &set);
    (dir, server, outcome)
}

fn assert_downloaded(dir: &Path, outcome: Outcome) {
    let paths = outcome.result.unwrap();
    assert_eq!(paths, [dir.join("set/file.gz")]);
    assert!(fs::read(&paths[0]).unwrap() == content());
    assert!(!dir.join("set/file.gz.part").exists());
    let last = outcome.progress.last().unwrap();
    assert_eq!((last.downloaded_bytes, last.total_bytes), (200_000, Some(200_000)));
}

fn problem(outcome: Outcome) -> String {
    match outcome.result.unwrap_err() {
        DataError::Download { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

#[test]
fn a_good_download_and_a_second_call_that_needs_none() {
    let (dir, server, outcome) = run_acts(&[Act::Serve], 0);
    assert_eq!(outcome.progress[0].downloaded_bytes, 0);
    assert_eq!(outcome.progress[0].file, "file.gz");
    assert_downloaded(dir.path(), outcome);
    assert_eq!(server.requests(), [("/file.gz".to_owned(), None)]);
    assert_downloaded(dir.path(), run(dir.path(), "http://127.0.0.1:1", &dataset(md5(&content()), &[])));
}

#[test]
fn of_two_downloads_of_one_file_the_second_waits_for_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let set = dataset(md5(&content()), &[]);
    // It answers once.
    let server = Server::start(content(), &[Act::Serve]);
    thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| run(dir.path(), &server.url, &set)));
        both.into_iter().for_each(|one| assert_downloaded(dir.path(), one.join().unwrap()));
    });
    assert_eq!(server.ranges(), [None]);
    assert_eq!(fs::read_dir(dir.path().join("set")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_where_a_download_goes_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("set")).unwrap();
    let precious = dir.path().join("precious");
    fs::write(&precious, b"precious").unwrap();
    std::os::unix::fs::symlink(&precious, dir.path().join("set/file.gz.part")).unwrap();
    let error = run(dir.path(), "http://127.0.0.1:1", &dataset(md5(&content()), &[])).result.unwrap_err();
    assert!(error.to_string().contains("got a link"), "{error}");
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
}

#[test]
fn a_wrong_checksum_is_refused_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(b"other".to_vec(), &[Act::Serve]);
    let error = run(dir.path(), &server.url, &dataset(md5(&content()), &[])).result.unwrap_err().to_string();
    assert!(error.contains("file.gz"), "{error}");
    assert!(error.ends_with(&format!("expected {}, got {}", md5(&content()), md5(b"other"))), "{error}");
    assert_eq!(fs::read_dir(dir.path().join("set")).unwrap().count(), 0);
}

#[test]
fn a_file_with_another_checksum_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("set")).unwrap();
    fs::write(dir.path().join("set/file.gz"), b"other").unwrap();
    let server = Server::start(content(), &[Act::Serve]);
    assert_downloaded(dir.path(), run(dir.path(), &server.url, &dataset(md5(&content()), &[])));
}

#[test]
fn a_cut_connection_is_continued() {
    let (dir, server, outcome) = run_acts(&[Act::CutAfter(150_000), Act::Serve], 0);
    assert_downloaded(dir.path(), outcome);
    assert_eq!(server.ranges(), [None, Some(150_000)]);
}

#[test]
fn three_cuts_give_up_and_keep_what_arrived() {
    let (dir, server, outcome) = run_acts(&[Act::CutAfter(50_000); 3], 0);
    let problem = problem(outcome);
    assert!(problem.contains("broke off after 150000 of 200000 bytes"), "{problem}");
    assert!(problem.contains("tried 3 times"), "{problem}");
    assert_eq!(server.ranges(), [None, Some(50_000), Some(100_000)]);
    assert_eq!(fs::read(dir.path().join("set/file.gz.part")).unwrap(), content()[..150_000]);
}

#[test]
fn an_earlier_run_is_continued() {
    let (dir, server, outcome) = run_acts(&[Act::Serve], 120_000);
    assert_eq!(outcome.progress[0].downloaded_bytes, 120_000);
    assert_downloaded(dir.path(), outcome);
    assert_eq!(server.ranges(), [Some(120_000)]);
    let (dir, server, outcome) = run_acts(&[], 200_000);
    assert_downloaded(dir.path(), outcome);
    assert!(server.requests().is_empty(), "complete, so only to be renamed");
}

#[test]
fn servers_that_cannot_continue_start_over() {
    let (dir, _server, outcome) = run_acts(&[Act::IgnoreRange], 120_000);
    assert_downloaded(dir.path(), outcome);
    for act in [Act::WrongRange, Act::Status(416)] {
        let (dir, server, outcome) = run_acts(&[act, Act::Serve], 120_000);
        assert_downloaded(dir.path(), outcome);
        assert_eq!(server.ranges(), [Some(120_000), None]);
    }
}

#[test]
fn not_found_is_final() {
    let (dir, server, outcome) = run_acts(&[Act::Status(404)], 0);
    let error = outcome.result.unwrap_err().to_string();
    assert!(error.contains(&format!("{}/file.gz: the server answers 404", server.url)), "{error}");
    let by_hand = format!("placed by hand, as file.gz in {}", dir.path().join("set").display());
    assert!(error.contains(&by_hand), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_passing_server_error_is_tried_again() {
    let (dir, server, outcome) = run_acts(&[Act::Status(500), Act::Status(429), Act::Serve], 0);
    assert_downloaded(dir.path(), outcome);
    assert_eq!(server.requests().len(), 3);
    let (_dir, _server, outcome) = run_acts(&[Act::Status(503); 3], 0);
    assert!(problem(outcome).contains("503"));
}

#[test]
fn an_unreachable_host_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let error = run(dir.path(), &url, &dataset(md5(b""), &[])).result.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{url}/file.gz: no answer")), "{error}");
    assert!(error.contains("tried 3 times"), "{error}");
    let outcome = run(dir.path(), "not an address", &dataset(md5(b""), &[]));
    assert!(!problem(outcome).contains("tried"), "a bad address is not tried again");
}

#[test]
fn unknown_names_list_the_known() {
    let error = fetch("nist", Path::new("/nonexistent"), None, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("kmnist"), "{error}");
}

#[test]
fn an_archive_gives_its_members() {
    const MEMBERS: &[&str] = &["gzip/a-images.gz", "gzip/a-labels.gz"];
    let dir = tempfile::tempdir().unwrap();
    let idx_file = dir.path().join("x.gz");
    idx::write(&idx_file, &[1, 1, 2], &[1, 2]).unwrap();
    let mut idx_bytes = Vec::new();
    fs::File::open(&idx_file).unwrap().read_to_end(&mut idx_bytes).unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for member in MEMBERS.iter().chain(&["../evil"]) {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(*member, options).unwrap();
        zip.write_all(&idx_bytes).unwrap();
    }
    let archive = zip.finish().unwrap().into_inner();
    let set = dataset(md5(&archive), MEMBERS);
    let server = Server::start(archive.clone(), &[Act::Serve]);
    let paths = run(dir.path(), &server.url, &set).result.unwrap();
    assert_eq!(paths, [dir.path().join("set/a-images.gz"), dir.path().join("set/a-labels.gz")]);
    assert!(paths.iter().all(|path| idx::read(path).unwrap().data() == [1, 2]));

    // Neither the server nor the archive is needed while the members are sound.
    let archive_path = dir.path().join("set/file.gz");
    fs::rename(&archive_path, dir.path().join("kept")).unwrap();
    assert_eq!(run(dir.path(), "http://127.0.0.1:1", &set).result.unwrap(), paths);
    // A damaged member is taken out again.
    fs::rename(dir.path().join("kept"), &archive_path).unwrap();
    fs::write(&paths[0], b"damaged").unwrap();
    assert_eq!(run(dir.path(), "http://127.0.0.1:1", &set).result.unwrap(), paths);
    assert!(is_sound(&paths[0]));

    let missing = dataset(md5(&archive), &["gzip/b-images.gz"]);
    let error = run(dir.path(), "http://127.0.0.1:1", &missing).result.unwrap_err().to_string();
    assert!(error.contains("gzip/b-images.gz"), "{error}");
}

#[test]
fn the_table_is_complete() {
    let names: Vec<_> = DATASETS.iter().map(|dataset| dataset.name).collect();
    // Those made of another one are not downloaded.
    assert_eq!([&names[..], &crate::derived::NAMES].concat(), crate::SOURCES);
    for dataset in DATASETS {
        assert!(dataset.files.iter().all(|file| file.md5.len() == 32));
        assert_eq!(dataset.files.len().max(dataset.members.len()), 4);
    }
}
