//! Rust source as tokens: enough to find the names that a file uses.

/// One token. Comments, literals and lifetimes are left out: no import stands in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier or a keyword; `r#` is removed.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other single character of punctuation.
    Mark(char),
    /// A literal. Its text does not matter.
    Literal,
}

impl Token {
    pub fn word(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub fn is_mark(&self, mark: char) -> bool {
        *self == Token::Mark(mark)
    }
}

/// The tokens of a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0 };
    let mut all = Vec::new();
    while let Some(token) = reader.next_token() {
        all.push(token);
    }
    all
}

/// The index just behind the bracket that closes the one at `open`, or the end.
pub fn behind_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next_token(&mut self) -> Option<Token> {
        self.skip_spaces_and_comments();
        let first = self.peek(0)?;
        if let Some(token) = self.prefixed_literal() {
            return Some(token);
        }
        if first.is_alphabetic() || first == '_' {
            return Some(Token::Word(self.word()));
        }
        if first.is_ascii_digit() {
            self.number();
            return Some(Token::Literal);
        }
        match first {
            '"' => {
                self.at += 1;
                self.rest_of_string('"');
                Some(Token::Literal)
            }
            '\'' => {
                self.quote();
                Some(Token::Literal)
            }
            ':' if self.peek(1) == Some(':') => {
                self.at += 2;
                Some(Token::PathSeparator)
            }
            mark => {
                self.at += 1;
                Some(Token::Mark(mark))
            }
        }
    }

    fn skip_spaces_and_comments(&mut self) {
        while let Some(first) = self.peek(0) {
            match (first, self.peek(1)) {
                ('/', Some('/')) => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                ('/', Some('*')) => self.skip_block_comment(),
                _ if first.is_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => (depth, self.at) = (depth + 1, self.at + 2),
                (Some('*'), Some('/')) => {
                    (depth, self.at) = (depth - 1, self.at + 2);
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => return,
            }
        }
    }

    /// Literals that begin with letters: `r"…"`, `b"…"`, `c"…"`, `br#"…"#`, `b'…'`; and the word of `r#word`.
    fn prefixed_literal(&mut self) -> Option<Token> {
        let letters = (0..3).take_while(|&i| matches!(self.peek(i), Some('r' | 'b' | 'c'))).count();
        if letters == 0 || letters > 2 {
            return None;
        }
        let raw = (0..letters).any(|i| self.peek(i) == Some('r'));
        let hashes = if raw { (letters..).take_while(|&i| self.peek(i) == Some('#')).count() } else { 0 };
        match self.peek(letters + hashes) {
            Some('"') => {
                self.at += letters + hashes + 1;
                if raw {
                    self.rest_of_raw_string(hashes)
                } else {
                    self.rest_of_string('"')
                }
                Some(Token::Literal)
            }
            Some('\'') if !raw && self.peek(0) == Some('b') => {
                self.at += letters + 1;
                self.rest_of_string('\'');
                Some(Token::Literal)
            }
            Some(c) if raw && hashes == 1 && (c.is_alphabetic() || c == '_') => {
                self.at += letters + hashes;
                Some(Token::Word(self.word()))
            }
            _ => None,
        }
    }

    fn rest_of_string(&mut self, end: char) {
        while let Some(c) = self.peek(0) {
            self.at += if c == '\\' { 2 } else { 1 };
            if c == end {
                return;
            }
        }
    }

    fn rest_of_raw_string(&mut self, hashes: usize) {
        while let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '"' && (0..hashes).all(|i| self.peek(i) == Some('#')) {
                self.at += hashes;
                return;
            }
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|&c| c.is_alphanumeric() || c == '_') {
            word.push(c);
            self.at += 1;
        }
        word
    }

    fn number(&mut self) {
        self.word();
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.word();
        }
    }

    /// A character, or a lifetime.
    fn quote(&mut self) {
        self.at += 1;
        if self.peek(0) == Some('\\') || self.peek(1) == Some('\'') {
            self.rest_of_string('\'');
        } else {
            self.word();
        }
    }
}
