"""A page as a browser sees it, and text that would like to act as markup."""

from html.parser import HTMLParser

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><b>bold</b>", "a & b")


class Page(HTMLParser):
    """What a browser makes of a page: tags, addresses, the text of tables, captions and tiles, words in pictures."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.drawn, self.addresses, self.styles = [], set(), [], []
        self.letters, self.cells, self.captions, self.tiles, self.words = [], [], [], [], []
        self.inside = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if "svg" in self.inside:
            self.drawn.add(tag)
        else:
            self.tags.append(tag)
        for name, value in attributes:
            assert not name.startswith("on"), "a handler of events"
            if name.split(":")[-1] in ("src", "href", "data", "action", "poster", "srcset"):
                self.addresses.append(value)
            if name == "style":
                self.styles.append(value)
        if tag not in ("meta", "link", "img", "br", "input"):
            self.inside.append(tag)
        self.cells += [[]] if tag == "tr" else []
        {"figcaption": self.captions, "b": [], "td": self.cells[-1] if self.cells else []}.get(tag, []).append("")
        if tag == "div" and ("class", "tile") in attributes:
            self.tiles.append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag in self.inside:
            self.inside.pop()

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if "style" in self.inside:
            self.styles.append(data)
        elif "svg" not in self.inside:
            self.words.append(data)
        elif self.inside[-1] in ("text", "tspan"):
            self.letters.append(" ".join(data.split()))
        if "td" in self.inside:
            self.cells[-1][-1] += data
        if "figcaption" in self.inside:
            self.captions[-1] += data
        if self.tiles and not self.captions and "div" in self.inside:
            self.tiles[-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    @property
    def titles(self):
        return [caption.split(".")[0] for caption in self.captions]

    def row(self, start):
        (row,) = [cells for cells in self.cells if cells and cells[0] == start]
        return row[1:]
