//! One file over HTTP: attempts, continuation, verification.

use std::io::{self, Read};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Body};

use super::md5sum::md5_of_file;
use super::target::{Progress, Target};
use super::unfinished::Unfinished;
use crate::DataError;

/// How often a file is requested before giving up.
const ATTEMPTS: u32 = 3;

/// A server must not fill the disk: twice the largest published file.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// How much is received between calls of the progress function.
const PIECE_BYTES: usize = 1 << 16;

/// An HTTP client with this crate's time limits.
pub(super) struct Client {
    agent: Agent,
    /// The pause before the second attempt; it doubles with each.
    first_pause: Duration,
}

/// Why an attempt failed.
enum Failure {
    /// Temporary: another attempt may succeed.
    Passing(String),
    /// Permanent: another attempt would fail too.
    Final(String),
    /// An error on this machine.
    Local(DataError),
}

impl Client {
    /// A client that obeys the usual proxy variables of the environment.
    pub(super) fn new() -> Self {
        Self::with(Self::config().build(), Duration::from_secs(1))
    }

    /// A client for a server on this machine, without a proxy and with short pauses.
    #[cfg(test)]
    pub(super) fn local() -> Self {
        Self::with(Self::config().proxy(None).build(), Duration::from_millis(1))
    }

    fn with(config: ureq::config::Config, first_pause: Duration) -> Self {
        Self { agent: config.into(), first_pause }
    }

    fn config() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
        Agent::config_builder()
            .user_agent(concat!("ganymede/", env!("CARGO_PKG_VERSION")))
            // The files are compressed, and byte ranges must mean the file's own bytes.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .timeout_resolve(Some(Duration::from_secs(20)))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            // No limit on the whole body, which may take an hour on a slow line.
            .timeout_per_read(Some(Duration::from_secs(60)))
    }

    /// Returns the path of the file, downloaded unless it is there with the right checksum.
    pub(super) fn fetch_file(
        &self,
        target: &Target<'_>,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<PathBuf, DataError> {
        let path = target.dir.join(target.name);
        if path.is_file() && md5_of_file(&path)? == target.md5 {
            progress(&Progress::complete(&path));
            return Ok(path);
        }
        let Some(mut part) = Unfinished::open(&path, target, progress)? else {
            return Ok(path);
        };
        // A download that was interrupted between its last byte and its renaming needs no server.
        if part.bytes()? == 0 || part.md5()? != target.md5 {
            self.download(target, &mut part, progress)?;
            let got = part.md5()?;
            if got != target.md5 {
                part.remove()?;
                let file = format!("{} (from {})", path.display(), target.url);
                return Err(DataError::Checksum { file, expected: target.md5.to_owned(), got });
            }
        }
        part.publish(&path)?;
        progress(&Progress::complete(&path));
        Ok(path)
    }

    fn download(
        &self,
        target: &Target<'_>,
        part: &mut Unfinished,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<(), DataError> {
        let mut pause = self.first_pause;
        let mut attempt = 1;
        loop {
            let problem = match self.attempt(target, part, progress) {
                Ok(()) => return Ok(()),
                Err(Failure::Local(error)) => return Err(error),
                Err(Failure::Passing(_)) if attempt < ATTEMPTS => {
                    thread::sleep(pause);
                    pause *= 2;
                    attempt += 1;
                    continue;
                }
                Err(Failure::Passing(problem)) => format!("{problem} (tried {attempt} times)"),
                Err(Failure::Final(problem)) => problem,
            };
            return Err(DataError::Download {
                url: target.url.to_owned(),
                problem,
                name: target.name.to_owned(),
                dir: target.dir.to_path_buf(),
            });
        }
    }

    /// One request. What is received is appended to `part`, or replaces it if the server starts from the beginning.
    fn attempt(
        &self,
        target: &Target<'_>,
        part: &mut Unfinished,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<(), Failure> {
        let have_bytes = part.bytes().map_err(Failure::Local)?;
        let mut request = self.agent.get(target.url);
        if have_bytes > 0 {
            request = request.header(header::RANGE, format!("bytes={have_bytes}-"));
        }
        let response = request.call().map_err(|e| explain(&e))?;
        let (head, body) = response.into_parts();
        let start_bytes = match head.status {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if range_start(&head.headers) == Some(have_bytes) => have_bytes,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                // The part here does not fit the file on the server: start from the beginning.
                part.cut_to(0).map_err(Failure::Local)?;
                return Err(Failure::Passing(format!("the server cannot continue at byte {have_bytes}")));
            }
            status => {
                let problem = format!("the server answers {status}");
                let passing = status.is_server_error()
                    || status == StatusCode::REQUEST_TIMEOUT
                    || status == StatusCode::TOO_MANY_REQUESTS;
                return Err(if passing { Failure::Passing(problem) } else { Failure::Final(problem) });
            }
        };
        receive(target, part, start_bytes, body, progress)
    }
}

/// Writes a response's body to `part` from byte `start_bytes` on, and syncs it.
fn receive(
    target: &Target<'_>,
    part: &mut Unfinished,
    start_bytes: u64,
    body: Body,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), Failure> {
    part.cut_to(start_bytes).map_err(Failure::Local)?;
    let total_bytes = body.content_length().map(|rest| start_bytes.saturating_add(rest));
    let mut state = Progress { file: target.name.to_owned(), downloaded_bytes: start_bytes, total_bytes };
    let mut reader = body.into_reader();
    let mut piece = vec![0; PIECE_BYTES];
    let broke_off = loop {
        progress(&state);
        if state.downloaded_bytes.max(total_bytes.unwrap_or(0)) > MAX_FILE_BYTES {
            part.cut_to(0).map_err(Failure::Local)?;
            let problem = format!("the file has more than {MAX_FILE_BYTES} bytes, and no published one has");
            return Err(Failure::Final(problem));
        }
        match reader.read(&mut piece) {
            Ok(0) => break None,
            Ok(count) => {
                part.write(&piece[..count]).map_err(Failure::Local)?;
                state.downloaded_bytes += count as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => break Some(e.to_string()),
        }
    };
    // An incomplete file too: the next attempt continues it.
    part.sync().map_err(Failure::Local)?;
    let missing = total_bytes.is_some_and(|total| state.downloaded_bytes < total);
    match broke_off {
        None if !missing => Ok(()),
        reason => {
            let reason = reason.unwrap_or_else(|| "early end".to_owned());
            let of_total = total_bytes.map(|total| format!(" of {total}")).unwrap_or_default();
            let received = state.downloaded_bytes;
            Err(Failure::Passing(format!("broke off after {received}{of_total} bytes: {reason}")))
        }
    }
}

/// The first byte of a `Content-Range: bytes 100-199/200`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn explain(error: &ureq::Error) -> Failure {
    let problem = format!("no answer: {error}");
    match error {
        ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::RedirectFailed
        | ureq::Error::TooManyRedirects => Failure::Final(problem),
        _ => Failure::Passing(problem),
    }
}
