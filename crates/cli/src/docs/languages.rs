//! Both languages of the README have the same structure and the same commands.

use super::markdown::Page;
use super::{read, shell};

/// What has to be the same: levels of headings, and the words of each block's commands without their comments.
fn structure(text: &str) -> (Vec<usize>, Vec<Vec<Vec<String>>>) {
    let page = Page::parse(text);
    let levels = page.headings.iter().map(|(level, _)| *level).collect();
    let commands = page.blocks.iter().map(|block| shell::commands(&block.text).unwrap()).collect();
    (levels, commands)
}

#[test]
fn both_readmes_have_the_same_headings_and_commands() {
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    assert_eq!(structure(&english), structure(&chinese));
    assert!(english.contains("](README.zh-CN.md)") && chinese.contains("](README.md)"));
    let count = |text: &str| ["![", "<img ", "\n|", "\n- "].map(|mark| text.matches(mark).count());
    assert_eq!(count(&english), count(&chinese));
}

#[test]
fn another_level_command_or_block_is_seen() {
    let text = "# A\n## B\n```\nganymede train # a\n```\n";
    assert_eq!(structure(text), structure("# 甲\n## 乙\n```\nganymede train   # 甲\n```\n"));
    for other in [
        "# A\n### B\n```\nganymede train # a\n```\n",
        "# A\n## B\n```\nganymede train --quiet # a\n```\n",
        "# A\n## B\n```\nganymede train # a\n```\n```\nganymede train\n```\n",
        "# A\n## B\n## C\n```\nganymede train # a\n```\n",
    ] {
        assert_ne!(structure(text), structure(other), "{other}");
    }
}
