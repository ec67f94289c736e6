//! Which pages a parent and its child share, page by page, as both write.
//!
//! Draws each moment in the terminal, and all of them into `smaps_watch.svg` in the directory for
//! temporary files, or at the path given as the first argument.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use cow_pages::account::{Observer, Usage};
use cow_pages::advise::{Advice, Region};
use cow_pages::forked::fork_snapshot;

const PAGES: usize = 128;
const WORDS_PER_PAGE: usize = 512;
const PAGE_BYTES: u64 = 4096;

/// What a page is to one process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Absent,
    Shared,
    Private,
}

impl Page {
    fn sign(self) -> char {
        match self {
            Self::Absent => '.',
            Self::Shared => '=',
            Self::Private => '#',
        }
    }

    fn color(self) -> &'static str {
        match self {
            Self::Absent => "#e8e8e8",
            Self::Shared => "#5b8ff9",
            Self::Private => "#f6903d",
        }
    }
}

/// One process at one moment.
struct Picture {
    who: &'static str,
    pages: Vec<Page>,
    usage: Usage,
}

struct Moment {
    title: &'static str,
    pictures: Vec<Picture>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut region = Region::<u64>::new(PAGES * WORDS_PER_PAGE)?;
    region.advise(Advice::NoHugePage)?;
    for words in region.chunks_mut(WORDS_PER_PAGE).take(PAGES * 3 / 4) {
        words[0] = 1;
    }
    let address = region.as_ptr().addr() as u64;
    let mut moments = Vec::new();
    let mut show = |title, child: Option<u32>| -> Result<(), Box<dyn Error>> {
        let mut pictures = vec![look("parent", Observer::myself(), address)?];
        if let Some(id) = child {
            pictures.push(look("child", Observer::of(id), address)?);
        }
        let moment = Moment { title, pictures };
        print(&moment);
        moments.push(moment);
        Ok(())
    };
    println!("{PAGES} pages: `.` absent  `=` shared  `#` private\n");
    show("before the fork", None)?;

    let (mut orders, mut to_child) = UnixStream::pair()?;
    let memory = &mut region[..];
    // The child writes to its copy of the region, a half at a time, when it is told to.
    let child = fork_snapshot(&(), |()| {
        let mut order = [0];
        for half in memory.chunks_mut(PAGES / 2 * WORDS_PER_PAGE) {
            if orders.read_exact(&mut order).is_err() {
                break;
            }
            for words in half.chunks_mut(WORDS_PER_PAGE).step_by(2) {
                words[0] = 2;
            }
            if orders.write_all(&order).is_err() {
                break;
            }
        }
        // Stays, to be looked at, until the parent hangs up.
        drop(orders.read_exact(&mut order));
        Vec::<u8>::new()
    })?;
    let id = child.id();
    show("after the fork", Some(id))?;

    let mut answer = [0];
    to_child.write_all(&[1])?;
    to_child.read_exact(&mut answer)?;
    show(
        "the child wrote every other page of the first half",
        Some(id),
    )?;

    for words in region
        .chunks_mut(WORDS_PER_PAGE)
        .skip(PAGES * 5 / 8)
        .take(16)
    {
        words[0] = 3;
    }
    show(
        "the parent wrote sixteen pages of the second half",
        Some(id),
    )?;

    to_child.write_all(&[1])?;
    to_child.read_exact(&mut answer)?;
    show(
        "the child wrote every other page of the second half",
        Some(id),
    )?;

    drop((to_child, child));
    show("the child has ended", None)?;

    let path = std::env::args_os().nth(1).map_or_else(
        || std::env::temp_dir().join("smaps_watch.svg"),
        PathBuf::from,
    );
    std::fs::write(&path, draw(&moments)?)?;
    println!("drawn into {}", path.display());
    Ok(())
}

fn look(
    who: &'static str,
    mut observer: Observer,
    address: u64,
) -> Result<Picture, Box<dyn Error>> {
    let end = address + PAGES as u64 * PAGE_BYTES;
    let page =
        |entry: &cow_pages::account::PageEntry| match (entry.is_present(), entry.is_exclusive()) {
            (false, _) => Page::Absent,
            (true, false) => Page::Shared,
            (true, true) => Page::Private,
        };
    let pages = observer.pages(address..end)?.iter().map(page).collect();
    let areas = observer.areas()?;
    let area = areas
        .into_iter()
        .find(|(range, _)| range.contains(&address));
    let usage = area.ok_or("no such mapping")?.1;
    Ok(Picture { who, pages, usage })
}

fn print(moment: &Moment) {
    println!("{}", moment.title);
    for Picture { who, pages, usage } in &moment.pictures {
        for (line, row) in pages.chunks(PAGES / 2).enumerate() {
            let signs: String = row.iter().map(|page| page.sign()).collect();
            println!("  {:<7}{signs}", if line == 0 { who } else { "" });
        }
        println!(
            "         Rss {} kB  Pss {} kB  Shared_Dirty {} kB  Private_Dirty {} kB",
            usage.rss_kib, usage.pss_kib, usage.shared_dirty_kib, usage.private_dirty_kib
        );
    }
    println!();
}

fn draw(moments: &[Moment]) -> Result<String, std::fmt::Error> {
    const SIDE: usize = 9;
    const LEFT: usize = 70;
    let width = LEFT + PAGES / 2 * (SIDE + 1) + 20;
    let mut body = String::new();
    let mut y = 20;
    for moment in moments {
        writeln!(
            body,
            r#"<text x="10" y="{y}" font-weight="bold">{}</text>"#,
            moment.title
        )?;
        y += 8;
        for Picture { who, pages, usage } in &moment.pictures {
            writeln!(body, r#"<text x="10" y="{}">{who}</text>"#, y + SIDE)?;
            for (i, page) in pages.iter().enumerate() {
                let x = LEFT + i % (PAGES / 2) * (SIDE + 1);
                let row = y + i / (PAGES / 2) * (SIDE + 1);
                let color = page.color();
                writeln!(
                    body,
                    r#"<rect x="{x}" y="{row}" width="{SIDE}" height="{SIDE}" fill="{color}"/>"#
                )?;
            }
            y += 2 * (SIDE + 1) + 12;
            writeln!(
                body,
                r##"<text x="{LEFT}" y="{y}" fill="#555">Rss {} kB, Pss {} kB, shared {} kB, private {} kB</text>"##,
                usage.rss_kib, usage.pss_kib, usage.shared_dirty_kib, usage.private_dirty_kib
            )?;
            y += 10;
        }
        y += 22;
    }
    for (i, (page, name)) in [
        (Page::Absent, "absent"),
        (Page::Shared, "shared"),
        (Page::Private, "private"),
    ]
    .into_iter()
    .enumerate()
    {
        let (x, color) = (LEFT + i * 100, page.color());
        writeln!(
            body,
            r#"<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="{color}"/>"#
        )?;
        writeln!(
            body,
            r#"<text x="{}" y="{}">{name}</text>"#,
            x + SIDE + 5,
            y + SIDE
        )?;
    }
    let height = y + 30;
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
{body}</svg>
"#
    ))
}
