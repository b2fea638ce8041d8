self.onmessage = ({ data }) => self.postMessage({ id: data.id, error: "The player in the browser is not there yet." });
