# The page on port 7860 as uid 1000; the same image serves a Hugging Face Docker Space.
# The base is named by its tag: a digest would be one machine's kind only and would miss the security updates that the tag receives. To pin it,
# pass --build-arg BASE=python@sha256:... as your registry tells it.
ARG BASE=python:3.11-slim
FROM ${BASE}

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
       tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert tesseract-ocr-spa tesseract-ocr-osd \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 user

# Packages and application belong to root; whoever runs them can change neither.
WORKDIR /home/user/app
COPY requirements.lock requirements-hashes.lock ./
# A container has no NVIDIA card unless it is given one: take the CPU build of torch where its index can be reached.
RUN python -m pip install --no-cache-dir --root-user-action=ignore --no-deps --require-hashes -r requirements-hashes.lock \
    && { python -m pip install --no-cache-dir --root-user-action=ignore --no-deps --timeout 5 --retries 0 \
           --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.lock)" \
         || echo "No CPU build of torch within reach; taking the ordinary one."; } \
    && python -m pip install --no-cache-dir --root-user-action=ignore -r requirements.lock

COPY . .
# What the program writes: the library, and models that are unpacked or fetched.
RUN mkdir -p /home/user/library data/models && chown user:user /home/user/library data/models && python -m compileall -q .

USER user
ENV HOME=/home/user \
    PYTHONUNBUFFERED=1 \
    KAEDAMA_HOST=0.0.0.0 \
    KAEDAMA_LIBRARY=/home/user/library
# Unpack the models into the image, and see that it reads and opens.
RUN KAEDAMA_LIBRARY=/tmp/library python -m ingest data/samples \
    && KAEDAMA_LIBRARY=/tmp/library python -m rag doctor \
    && rm -rf /tmp/library

EXPOSE 7860
HEALTHCHECK --start-period=60s --interval=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=5)"]
CMD ["python", "app.py"]
