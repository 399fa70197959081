//! The parts of a Markdown page that tests read: fenced blocks, code spans and headings.

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The word after the fence, often none.
    pub(super) tag: String,
    pub(super) text: String,
}

/// A page taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) blocks: Vec<Block>,
    /// Text in single backticks, on one line each.
    pub(super) spans: Vec<String>,
    /// Level and text.
    pub(super) headings: Vec<(usize, String)>,
}

impl Page {
    pub(super) fn parse(text: &str) -> Page {
        let mut page = Page::default();
        let mut paragraph = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(tag) = line.strip_prefix("```") {
                page.spans.extend(spans(&std::mem::take(&mut paragraph)));
                let mut block = Block { tag: tag.trim().to_owned(), text: String::new() };
                for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                page.blocks.push(block);
                continue;
            }
            if let Some(heading) = heading(line) {
                page.headings.push(heading);
            }
            if line.trim().is_empty() {
                page.spans.extend(spans(&std::mem::take(&mut paragraph)));
            }
            paragraph.push_str(line.trim());
            paragraph.push(' ');
        }
        page.spans.extend(spans(&paragraph));
        page
    }
}

fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.chars().take_while(|&c| c == '#').count();
    let text = line[level..].strip_prefix(' ')?;
    (level > 0).then(|| (level, text.trim().to_owned()))
}

/// The code spans of a paragraph. In tables a bar is written `\|`.
fn spans(paragraph: &str) -> Vec<String> {
    paragraph.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_apart() {
        let page = Page::parse("# A\ntext `one\ntwo` `a\\|b`\n\n```toml\nx = `1`\n```\n## B `c`\n#no\n");
        let block = Block { tag: "toml".into(), text: "x = `1`\n".into() };
        assert_eq!(page.blocks, [block]);
        assert_eq!(page.spans, ["one two", "a|b", "c"]);
        assert_eq!(page.headings, [(1, "A".into()), (2, "B `c`".into())]);
    }
}
