# The page on port 7860 as uid 1000; the same image serves a Hugging Face Docker Space.
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 user

USER user
WORKDIR /home/user/app
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KAEDAMA_HOST=0.0.0.0 \
    KAEDAMA_LIBRARY=/home/user/library

COPY --chown=user requirements.lock ./
# A container has no NVIDIA card unless it is given one: take the CPU build of torch where its index can be reached.
RUN python -m pip install --user --no-cache-dir --no-deps --timeout 5 --retries 0 \
      --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.lock)" \
    || echo "No CPU build of torch within reach; taking the ordinary one." \
    && python -m pip install --user --no-cache-dir -r requirements.lock

COPY --chown=user . .
RUN mkdir -p /home/user/library data/models \
    && KAEDAMA_LIBRARY=/tmp/library python -m ingest data/samples \
    && KAEDAMA_LIBRARY=/tmp/library python -m rag doctor \
    && rm -rf /tmp/library

EXPOSE 7860
HEALTHCHECK --start-period=60s --interval=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=5)"]
CMD ["python", "app.py"]
